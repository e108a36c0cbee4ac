#!/bin/sh
# Loads the image into Docker and brings the project's compose file up with it. The package holds this file,
# compose.yaml and whatever that needs beside it (.env, files to mount); the image is what `docker save` wrote.
# The package is copied to /srv/PROJECT, since IPD removes this folder at the end, and containers go on with the files
# that are mounted into them. The user that ipd runs as has to be in the group docker.
#
# check and deploy: 1 is success. So nothing here may fail with 1 by accident: no `set -e`, and 2 for every failure.
root=/srv/$PROJECT
list=$root/.ipd-package # what of it came with a package

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

# All but the image. A file is written in its place: one that is mounted into a container is the same one afterwards.
copy_package() {
  # What an earlier package brought and this one does not would still speak: an .env, a compose.override.yaml. What
  # containers have written there is not in the list and stays. A link would be written through.
  touch "$list" || return 1
  while IFS= read -r old; do
    [ -f "$old" ] && [ ! -L "$old" ] && [ ! -L "$root/$old" ] || rm -f "$root/$old"
  done <"$list"
  find . ! -type d ! -path "$image" >"$list.new" && mv "$list.new" "$list" || return 1
  # shellcheck disable=SC2016  # $@ and $0 are those of the inner sh
  find . ! -name . -prune ! -path "$image" -exec sh -c 'cp -RPpf "$@" "$0"' "$root" {} +
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
    find_image
    docker load -q -i "$image" || fail "docker does not load the image"
    copy_package || fail "cannot write $root"
    cd "$root" || fail "cannot enter $root"
    docker compose -p "$PROJECT" up -d --remove-orphans -t 0 || fail "docker compose does not bring it up"
    exit 1
    ;;
esac
fail "unknown action $1"
