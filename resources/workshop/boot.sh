#!/bin/sh
# First boot of a workshop host: installs Caddy and the Element web client, starts the web server, then runs the
# organiser's own script. cloud-init runs it once as root; running it again does no harm.
#
# It reads its settings from /etc/muster/boot.env as plain text: nothing in that file is ever run as shell.
# Its outcome is one line in /var/lib/muster/status ("running STEP", "done" or "failed STEP"); what was said on the way
# is in /var/log/muster-boot.log.
#
# MUSTER_ROOT puts everything below another directory and leaves the running system alone (for tests).
set -eu
umask 022

root=${MUSTER_ROOT:-}
status_file=$root/var/lib/muster/status
log_file=$root/var/log/muster-boot.log
web_root=$root/var/www/element
settings=$root/etc/muster/boot.env

mkdir -p "$root/var/lib/muster" "$root/var/log" "$root/var/www" "$root/usr/local/bin"
exec >>"$log_file" 2>&1

current=start
work=

status() {
  printf '%s\n' "$1" >"$status_file.new"
  mv -f "$status_file.new" "$status_file"
}

step() {
  current=$1
  echo "== $(date -u +%Y-%m-%dT%H:%M:%SZ) $current"
  status "running $current"
}

finish() {
  code=$?
  if [ -n "$work" ]; then rm -rf "$work"; fi
  if [ "$code" -ne 0 ]; then
    echo "muster: the step $current failed with exit status $code"
    status "failed $current"
  fi
}
trap finish EXIT

fail() {
  echo "muster: $*"
  exit 1
}

# fetch FILE URL CHECKSUM: the checksum is SHA-256 or SHA-512, told by its length.
fetch() {
  case ${#3} in
    64) check=sha256sum ;;
    128) check=sha512sum ;;
    *) fail "the checksum of $2 has ${#3} digits; SHA-256 has 64, SHA-512 has 128" ;;
  esac
  echo "downloading $2"
  curl --globoff --fail --silent --show-error --location --connect-timeout 20 --speed-limit 1 --speed-time 60 \
    --retry "${MUSTER_DOWNLOAD_RETRIES:-8}" --retry-delay 5 --retry-all-errors --output "$1" -- "$2"
  printf '%s  %s\n' "$3" "$1" | $check -c -
}

# install_tools PACKAGE...: the image's own first-boot updates may hold apt's locks, and only that of dpkg can be waited for by an
# option; mirrors fail now and then.
install_tools() {
  attempt=1
  until apt-get -q update &&
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"; do
    [ "$attempt" -lt 20 ] || fail "apt-get has failed $attempt times; its own words stand above"
    attempt=$((attempt + 1))
    sleep "${MUSTER_RETRY_DELAY:-15}"
  done
}

step settings
element_url=
element_checksum=
caddy_url=
caddy_checksum=
while IFS= read -r line; do
  value=${line#*=}
  case ${line%%=*} in
    ELEMENT_URL) element_url=$value ;;
    ELEMENT_CHECKSUM) element_checksum=$value ;;
    CADDY_URL) caddy_url=$value ;;
    CADDY_CHECKSUM) caddy_checksum=$value ;;
  esac
done <"$settings"
for value in "$element_url" "$element_checksum" "$caddy_url" "$caddy_checksum"; do
  [ -n "$value" ] || fail "$settings lacks a value; it holds: $(cut -d= -f1 "$settings" | tr '\n' ' ')"
done
work=$(mktemp -d)

step tools
if ! command -v curl >/dev/null; then
  command -v apt-get >/dev/null || fail "this image has neither curl nor apt-get; use an image that has curl"
  install_tools ca-certificates curl
fi

step ssh
if [ -z "$root" ]; then
  # The drop-in for password login was written before; the unit is called ssh on Debian, sshd elsewhere.
  systemctl try-reload-or-restart ssh.service || systemctl try-reload-or-restart sshd.service
fi

step element
fetch "$work/element.tar.gz" "$element_url" "$element_checksum"
mkdir "$work/element"
tar -xzf "$work/element.tar.gz" -C "$work/element" --strip-components=1 --no-same-owner
[ -f "$work/element/index.html" ] || fail "the archive from $element_url holds no index.html below one directory"
cp "$root/etc/muster/element-config.json" "$work/element/config.json"
chmod -R u=rwX,go=rX "$work/element"
rm -rf "$web_root"
cp -R "$work/element" "$web_root"

step caddy
fetch "$work/caddy.tar.gz" "$caddy_url" "$caddy_checksum"
mkdir "$work/caddy"
tar -xzf "$work/caddy.tar.gz" -C "$work/caddy" --no-same-owner
[ -f "$work/caddy/caddy" ] || fail "the archive from $caddy_url holds no file called caddy"
install -m 0755 "$work/caddy/caddy" "$root/usr/local/bin/caddy.new"
mv -f "$root/usr/local/bin/caddy.new" "$root/usr/local/bin/caddy"
# Caddy keeps its own files below HOME, which cloud-init may leave unset.
HOME=$work "$root/usr/local/bin/caddy" validate --config "$root/etc/caddy/Caddyfile" --adapter caddyfile

step web-server
# What `systemctl enable` does, without a running systemd.
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf /etc/systemd/system/caddy.service "$root/etc/systemd/system/multi-user.target.wants/caddy.service"
if [ -z "$root" ]; then
  systemctl daemon-reload
  systemctl restart caddy.service
fi

if [ -f "$root/usr/local/lib/muster/post-install" ]; then
  step post-install
  "$root/usr/local/lib/muster/post-install"
fi

current=end
echo "== $(date -u +%Y-%m-%dT%H:%M:%SZ) done"
status "done"
