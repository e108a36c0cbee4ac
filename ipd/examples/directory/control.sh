#!/bin/sh
# Switches a plain directory: the image, a tar of files, is unpacked beside the ones before it, and the link
# /srv/PROJECT/current goes to it in one step. The last three stay, and the one that was current before.
#
# IPD calls this in the unpacked folder, with check, prepare or deploy. PATH, PROJECT and DEPLOY are all that is set.
# check and deploy: 1 is success. So nothing here may fail with 1 by accident: no `set -e`, and 2 for every failure.
# What it may come to start in the background needs an output of its own (>FILE 2>&1): the script's own is deleted.
root=/srv/$PROJECT
new=$root/releases/$DEPLOY

fail() {
  echo "$1" >&2
  exit 2
}

# The image lies here under the name that it was sent as. The daemon has it by a second name; what the package brought,
# archives of its own among it, has one name.
find_image() {
  image=$(find . ! -name . -prune -type f -links +1 \
    \( -name '*.[tT][aA][rR]' -o -name '*.[tT][gG][zZ]' -o -name '*.[gG][zZ]' -o -name '*.[bB][zZ]2' \))
  [ -n "$image" ] || fail "the upload holds no image, or the package a file of the same name"
  [ -f "$image" ] || fail "the package links archives with each other: which one is the image?"
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
    find_image
    before=$(readlink "$root/current")
    mkdir -p "$new" || fail "cannot make $new"
    tar -xf "$image" -C "$new" || fail "cannot unpack the image"
    # A tar that was made of "." sets the directory's own time, to that of long ago.
    touch "$new" || fail "cannot write $new"
    ln -sfn "releases/$DEPLOY" "$root/next" || fail "cannot write $root"
    mv -T "$root/next" "$root/current" || fail "cannot switch $root/current"
    # Names of our own making, newest first: no blank in them.
    # shellcheck disable=SC2012
    ls -1t "$root/releases" | tail -n +4 | while read -r old; do
      case releases/$old in
        "releases/$DEPLOY" | "$before") ;;
        *) rm -rf "$root/releases/${old:?}" ;;
      esac
    done
    exit 1
    ;;
esac
fail "unknown action $1"
