#!/bin/sh
# Loads the image into Docker and brings the project's compose file up with it. The package holds this file and
# compose.yaml; the image is what `docker save` wrote. The user that ipd runs as has to be in the group docker.
#
# check and deploy: 1 is success. So nothing here may fail with 1 by accident: no `set -e`, and 2 for every failure.
root=/srv/$PROJECT

fail() {
  echo "$1" >&2
  exit 2
}

image() {
  for file in *.tar *.tgz *.gz *.bz2; do
    [ -f "$file" ] && echo "$file" && return
  done
  fail "the upload holds no image"
}

case $1 in
  check)
    docker compose version >/dev/null || fail "docker compose does not work here"
    [ -d "$root" ] && exit 1
    exit 0 # prepare is needed
    ;;
  prepare)
    mkdir -p "$root" || fail "cannot make $root"
    exit 0
    ;;
  deploy)
    docker load -q -i "$(image)" || fail "docker does not load the image"
    cp compose.yaml "$root/compose.yaml" || fail "cannot write $root"
    docker compose --project-directory "$root" -p "$PROJECT" up -d --remove-orphans -t 0 ||
      fail "docker compose does not bring it up"
    exit 1
    ;;
esac
fail "unknown action $1"
