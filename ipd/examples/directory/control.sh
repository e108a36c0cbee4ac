#!/bin/sh
# Switches a plain directory: the image, a tar of files, is unpacked beside the ones before it, and the link
# /srv/PROJECT/current goes to it in one step. The last three stay.
#
# IPD calls this in the unpacked folder, with check, prepare or deploy. PATH, PROJECT and DEPLOY are all that is set.
# check and deploy: 1 is success. So nothing here may fail with 1 by accident: no `set -e`, and 2 for every failure.
root=/srv/$PROJECT
new=$root/releases/$DEPLOY

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
    [ -d "$root/releases" ] && exit 1
    exit 0 # prepare is needed
    ;;
  prepare)
    mkdir -p "$root/releases" || fail "cannot make $root/releases"
    exit 0
    ;;
  deploy)
    mkdir -p "$new" || fail "cannot make $new"
    tar -xf "$(image)" -C "$new" || fail "cannot unpack the image"
    ln -sfn "releases/$DEPLOY" "$root/next" || fail "cannot write $root"
    mv -T "$root/next" "$root/current" || fail "cannot switch $root/current"
    # Names of our own making, newest first: no blank in them.
    # shellcheck disable=SC2012
    ls -1t "$root/releases" | tail -n +4 | while read -r old; do rm -rf "$root/releases/${old:?}"; done
    exit 1
    ;;
esac
fail "unknown action $1"
