#!/bin/sh
# Loads the image into Podman and replaces the project's container. The package holds this file and run.args, one
# argument of `podman run` a line (-p, 8080:80 ...); files that it mounts lie elsewhere, since IPD removes this folder.
#
# Without root and without a daemon, so not under ipd.service as it comes: without root Podman needs newuidmap, which is
# set-user-id (NoNewPrivileges), namespaces (RestrictNamespaces), a /proc that it may mount anew, its home directory and
# /run/user (ProtectHome). In a unit with User= each setting that filters system calls means NoNewPrivileges again,
# whatever that says itself (systemd.exec(5)), so they go together. `systemctl edit ipd`, with the number of the user
# ipd for 999, who needs a range in /etc/subuid and in /etc/subgid:
#   [Unit]
#   Requires=user@999.service
#   After=user@999.service
#   [Service]
#   ReadWritePaths=/opt/ipd /run/user/999
#   NoNewPrivileges=no
#   ProtectHome=no
#   ProtectProc=default
#   ProtectClock=no
#   ProtectControlGroups=no
#   ProtectHostname=no
#   ProtectKernelLogs=no
#   ProtectKernelModules=no
#   ProtectKernelTunables=no
#   PrivateDevices=no
#   CapabilityBoundingSet=~
#   RestrictAddressFamilies=
#   RestrictNamespaces=no
#   RestrictRealtime=no
#   RestrictSUIDSGID=no
#   LockPersonality=no
#   SystemCallArchitectures=
#   SystemCallFilter=
#
# check and deploy: 1 is success. So nothing here may fail with 1 by accident: no `set -e`, and 2 for every failure.
root=/srv/$PROJECT

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
    podman --version >/dev/null || fail "podman is not here"
    [ -d "$root" ] && exit 1
    exit 0 # prepare is needed
    ;;
  prepare)
    mkdir -p "$root" || fail "cannot make $root"
    exit 0
    ;;
  deploy)
    [ -f run.args ] || fail "the package holds no run.args"
    find_image
    loaded=$(podman load -q -i "$image") || fail "podman does not load the image"
    loaded=${loaded##*: }
    set --
    # The last line may have no end.
    while read -r argument || [ -n "$argument" ]; do
      [ -z "$argument" ] || set -- "$@" "$argument"
    done <run.args
    # What stays running (conmon, the network's helpers) keeps this output open. The script's own is deleted at its end,
    # and what is written to a deleted file takes room that nobody finds.
    podman run -d --replace --name "$PROJECT" "$@" "$loaded" >"$root/podman.log" 2>&1 || {
      cat "$root/podman.log" >&2
      fail "podman does not run it"
    }
    exit 1
    ;;
esac
fail "unknown action $1"
