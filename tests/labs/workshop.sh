# What the tests of this folder share; to be sourced by bash. They run a real `muster` against a real OpenStack, so they
# look at it with another client than muster's own: `openstack`, which reads the same OS_* variables.

fail() { printf 'failed: %s\n' "$*" >&2; exit 1; }

# start_workshop MANIFESTS: copies them under names that nobody else has, and works there. Removes everything at the end.
start_workshop() {
  local word
  command -v openstack >/dev/null || fail "the client 'openstack' is missing: apt-get install python3-openstackclient"
  word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  event=lab-${word:0:6}
  directory=$(mktemp -d)
  foreign=''
  trap end_workshop EXIT
  trap 'exit 130' INT TERM
  cp "$1"/*.yaml "$directory"
  cd "$directory"
  export MUSTER_STATE=$directory/state/state.db WORKSHOP_PASSWORD=not-a-real-password
  sed -i "s/uid: .*/uid: $word/; s/name: demo/name: $event/" fleet.yaml
  sed -i "s/name: my-event/name: $event/" workshop.yaml
  # OVH itself allows 60 calls a minute; the sandbox in its place takes any number.
  sed -i '/OvhAccount/,$s/^spec: {}/spec: {requestsPerMinute: 6000, burst: 500}/' connections.yaml
}

end_workshop() {
  local code=$?
  trap - EXIT
  [ -z "${apply_id:-}" ] || kill -9 "$apply_id" 2>/dev/null || true
  if [ -n "$(our_servers)" ]; then
    "$muster" destroy --yes || printf 'servers %s-* are left in the cloud\n' "$event" >&2
  fi
  [ -z "$foreign" ] || openstack server delete --wait "$foreign" || printf 'server %s is left in the cloud\n' "$foreign" >&2
  rm -rf "$directory"
  exit "$code"
}

# expect EXIT-CODE COMMAND...: shows the command, its output and how long it took.
expect() {
  local expected=$1 code=0 from=$SECONDS
  shift
  printf '\n$ %s\n' "${*/#"$muster"/muster}"
  "$@" || code=$?
  [ "$code" -eq "$expected" ] || fail "exit code $code, $expected was expected: $*"
  printf '(%d s, exit code %d)\n' $((SECONDS - from)) "$code"
}

# The servers whose names begin as ours, as the cloud's own client sees them: one "id name status" a line.
servers() { openstack server list -f value -c ID -c Name -c Status --name "^$event-" | sort; }
our_servers() { servers | { grep -v "^${foreign:-none} " || true; }; }

# expect_servers N: that many of ours, each name once, all ACTIVE.
expect_servers() {
  local seen
  seen=$(our_servers)
  printf '%d servers %s-*\n' "$(grep -c . <<<"$seen")" "$event"
  [ "$(grep -c ' ACTIVE$' <<<"$seen")" -eq "$1" ] || fail "$1 ACTIVE servers were expected:" "$seen"
  [ "$(grep . <<<"$seen" | cut -d ' ' -f 2 | sort | uniq | wc -l)" -eq "$(grep -c . <<<"$seen")" ] ||
    fail "a name exists twice:" "$seen"
  [ "$(grep -c . <<<"$seen")" -eq "$1" ] || fail "$1 servers were expected:" "$seen"
}

# expect_hosts N: list shows that many of ours with names that lead to their addresses, and OVH holds no record beside.
expect_hosts() {
  local seen records
  seen=$("$muster" list --json --hide-orphans | { grep '"ours":true,"wanted":true' || true; })
  [ "$(grep -cE '"target":"([0-9.]+)",.*"ipv4":"\1"' <<<"$seen")" -eq "$1" ] || fail "$1 hosts were expected:" "$seen"
  records=$(records_alive)
  # One A record for each, and the mark of ownership.
  [ "$records" -eq $(($1 == 0 ? 0 : $1 + 1)) ] || fail "OVH holds $records records for $1 hosts"
  printf '%d hosts, %d records\n' "$1" "$records"
}

# What the sandbox says of the records that were made through its OVH.
records_alive() {
  local address=${MUSTER_SANDBOX#http://}
  exec 3<>"/dev/tcp/${address%:*}/${address#*:}"
  printf 'GET /summary HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$address" >&3
  { grep -o '"record":{"alive":[0-9]*' <&3 || echo '"record":{"alive":0'; } | grep -o '[0-9]*$'
  exec 3>&-
}
