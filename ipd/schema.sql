-- What was accepted and what became of it. Raise user_version with every change, and alter older tables in place: nothing
-- here is a cache. Times are Unix milliseconds. Every execution of this file is inside one transaction.

-- "ipd!"
PRAGMA application_id = 0x69706421;
PRAGMA user_version = 3;

CREATE TABLE IF NOT EXISTS project (
  name TEXT NOT NULL PRIMARY KEY,
  first_seen INTEGER NOT NULL,
  start_count INTEGER NOT NULL,
  processed INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS deployment (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  version TEXT NOT NULL,
  user TEXT NOT NULL,
  exit_codes TEXT NOT NULL,
  image_name TEXT NOT NULL,
  image_digest TEXT NOT NULL,
  image_size INTEGER NOT NULL,
  package_digest TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  phase TEXT NOT NULL,
  state INTEGER NOT NULL,
  exit_code INTEGER,
  interruptions INTEGER NOT NULL,
  words TEXT NOT NULL,
  output TEXT NOT NULL,
  accepted_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS deployment_by_project ON deployment (project, sequence);
CREATE INDEX IF NOT EXISTS deployment_open ON deployment (phase, sequence) WHERE phase IN ('waiting', 'running');

-- Those that run and shall end as cancelled, whatever becomes of the daemon.
CREATE TABLE IF NOT EXISTS cancelling (
  id TEXT NOT NULL PRIMARY KEY
) STRICT;

-- Who looks after a project, in words of its own; /info tells it.
CREATE TABLE IF NOT EXISTS owner (
  project TEXT NOT NULL PRIMARY KEY,
  words TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS audit (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  user TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
