#!/bin/sh
# Checks what the linker cannot: who may include whom, and that nothing is committed that says "later".
# Usage: check.sh DIRECTORY (the repository's root)
set -eu
cd "$1"

families="net openstack ovh libvirt guest ipd image"
blueprints="workshop domain deployment"

# "folder may-include..." per folder; the folder itself and resources/contract/ are always allowed.
rules() {
  echo "resources/contract"
  echo "resources/net"
  for family in $families; do
    [ "$family" = net ] || echo "resources/$family resources/net"
  done
  for blueprint in $blueprints; do echo "resources/$blueprint"; done
  echo "state"
  echo "manifests"
  echo "ipd state"
  echo "reconciler/plan"
  echo "reconciler/apply reconciler/plan state"
  echo "reconciler/cli reconciler/apply reconciler/plan state manifests sandbox"
}

found=0
complain() {
  echo "$1" >&2
  found=1
}

# Tests of a folder may reach further: what they need to stand in for the world.
sources() {
  find "$1" -name '*.h' -o -name '*.cpp' | grep -v -e '_test\.cpp$' -e '_for_test\.' -e '/test_' | sort
}

while read -r folder allowed; do
  [ -d "$folder" ] || continue
  pattern="\"($folder|resources/contract"
  [ "$folder" = resources/contract ] && pattern="\"($folder"
  for other in $allowed; do pattern="$pattern|$other"; done
  # generated/ is where the build puts a folder's own generated headers.
  wrong=$(sources "$folder" | xargs -r grep -HnE '^ *# *include *"' | grep -vE "$pattern)/" || true)
  [ -z "$wrong" ] || complain "$folder may not include:
$wrong"
done <<RULES
$(rules)
RULES

# The sandbox is an independent reading of the APIs: it shares nothing with the drivers.
wrong=$(sources sandbox | xargs -r grep -HnE '^ *# *include *"' | grep -vE '"sandbox/' || true)
[ -z "$wrong" ] || complain "sandbox may not include:
$wrong"

# Third-party C headers and YAML nodes stay out of headers.
wrong=$(find resources state manifests reconciler sandbox ipd -name '*.h' |
  xargs -r grep -HnE '# *include *<(sqlite3|curl/|openssl/|libssh|libvirt|yaml-cpp|httplib|CLI/|microhttpd|archive|sodium|systemd/)' || true)
[ -z "$wrong" ] || complain "a header may not include a library's own header:
$wrong"

# The words are put together here, so that this file does not find itself.
words="TO""DO|FIX""ME|XX""X"
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  wrong=$(git grep -nIE "\b($words)\b" -- . || true)
else
  wrong=$(grep -rnIE "\b($words)\b" --exclude-dir=build --exclude-dir=.git . || true)
fi
[ -z "$wrong" ] || complain "work left undone:
$wrong"

[ "$found" -eq 0 ] && echo "include directions and words are fine"
exit "$found"
