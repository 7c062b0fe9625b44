#!/bin/sh
# Installs Debian's containerd, the peer, unless it is there. Its service is neither started nor switched on, and nothing that
# this machine has is removed for it: where another containerd is installed, apt refuses and says so.
set -eu
[ ! -x /usr/bin/containerd ] || exit 0
policy=/usr/sbin/policy-rc.d
restore() {
  if [ -e "$policy.before-troupe" ]; then mv "$policy.before-troupe" "$policy"; else rm -f "$policy"; fi
}
[ ! -e "$policy" ] || mv "$policy" "$policy.before-troupe"
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
printf '#!/bin/sh\n# troupe bench\nexit 101\n' > "$policy"
chmod 755 "$policy"
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=300 update >&2 || true # one dead source of several is no reason to stop
apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends --no-remove containerd >&2
! command -v systemctl > /dev/null || systemctl disable containerd >&2 || true
