-- The state database. Raise user_version with every change: a database of an older version then loses the tables
-- whose names begin with cache_ and gets them anew; what has to be kept of the others is altered in schema.cpp.
-- Times are Unix milliseconds. Every execution of this file is inside one transaction.

-- "must", so that another program's database is recognised before anything is written to it.
PRAGMA application_id = 0x6d757374;
PRAGMA user_version = 6;

CREATE TABLE IF NOT EXISTS fleet (
  uid TEXT NOT NULL PRIMARY KEY
) STRICT;

CREATE TABLE IF NOT EXISTS intent (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  verb TEXT NOT NULL,
  incarnation TEXT NOT NULL,
  connection TEXT NOT NULL,
  backend_id TEXT NOT NULL,
  wanted_digest TEXT NOT NULL,
  run INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  unclear_since INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS claim (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  connection TEXT NOT NULL,
  backend_id TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (kind, name, connection)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS debt (
  connection TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  since INTEGER NOT NULL,
  writes INTEGER NOT NULL,
  PRIMARY KEY (connection, kind, name)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: "run 41" must not come to mean another run after history was pruned.
CREATE TABLE IF NOT EXISTS run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  command TEXT NOT NULL,
  who TEXT NOT NULL,
  revision TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  exit_code INTEGER,
  summary TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS step (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  verb TEXT NOT NULL,
  outcome TEXT NOT NULL,
  started INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  message TEXT NOT NULL,
  request_ids TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS step_by_run ON step (run);
CREATE INDEX IF NOT EXISTS step_by_resource ON step (kind, name);

-- Counts our writes to observations; see ReadTicket.
CREATE TABLE IF NOT EXISTS cache_sequence (
  value INTEGER NOT NULL
) STRICT;
INSERT INTO cache_sequence (value) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM cache_sequence);

-- began is null until the scope as a whole was read. login: a digest of where and as whom that was;
-- asked: of what was asked for; place: where it is, as the backend told (resources/contract/place.h).
CREATE TABLE IF NOT EXISTS cache_scope (
  id INTEGER PRIMARY KEY,
  connection TEXT NOT NULL,
  kind TEXT NOT NULL,
  complete INTEGER NOT NULL DEFAULT 0,
  why_incomplete TEXT NOT NULL DEFAULT '',
  began INTEGER,
  ended INTEGER,
  login TEXT NOT NULL DEFAULT '',
  asked TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL DEFAULT '',
  UNIQUE (connection, kind)
) STRICT;

-- gone: erased by us; the row stays until a read that began later confirms it, so that an older one cannot revive it.
CREATE TABLE IF NOT EXISTS cache_observation (
  scope INTEGER NOT NULL,
  name TEXT NOT NULL,
  backend_id TEXT NOT NULL,
  ownership TEXT NOT NULL,
  stamp TEXT,
  attributes TEXT NOT NULL,
  condition TEXT NOT NULL,
  since INTEGER NOT NULL,
  created INTEGER NOT NULL,
  ever_ready INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  digest TEXT NOT NULL,
  is_foreign INTEGER NOT NULL,
  gone INTEGER NOT NULL,
  written INTEGER NOT NULL,
  PRIMARY KEY (scope, name, backend_id, is_foreign)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS cache_memo (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  high INTEGER NOT NULL,
  low INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS cache_applied (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  fields TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- Unix microseconds. key is a digest.
CREATE TABLE IF NOT EXISTS cache_budget (
  key TEXT NOT NULL PRIMARY KEY,
  free_at INTEGER NOT NULL,
  booked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- device and inode: the bits of an unsigned number. modified and changed: Unix nanoseconds.
CREATE TABLE IF NOT EXISTS cache_file_digest (
  path TEXT NOT NULL PRIMARY KEY,
  device INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  sha256 TEXT NOT NULL
) STRICT;
