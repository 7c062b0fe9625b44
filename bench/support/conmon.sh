#!/bin/sh
# Installs Debian's conmon, the peer of the log path, unless it is there. It has no service.
set -eu
[ ! -x /usr/bin/conmon ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=300 update >&2 || true # one dead source of several is no reason to stop
apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends --no-remove conmon >&2
