#!/bin/sh
# Loads the image into Podman and replaces the project's container. The package holds this file and run.args, one
# argument of `podman run` a line (-p, 8080:80 ...). Without root and without a daemon.
#
# check and deploy: 1 is success. So nothing here may fail with 1 by accident: no `set -e`, and 2 for every failure.

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
    podman --version >/dev/null || fail "podman is not here"
    exit 1
    ;;
  prepare)
    exit 0
    ;;
  deploy)
    loaded=$(podman load -q -i "$(image)") || fail "podman does not load the image"
    loaded=${loaded##*: }
    set --
    while read -r argument; do
      [ -z "$argument" ] || set -- "$@" "$argument"
    done <run.args
    podman run -d --replace --name "$PROJECT" "$@" "$loaded" || fail "podman does not run it"
    exit 1
    ;;
esac
fail "unknown action $1"
