#!/bin/sh
# Makes this machine ready for Troupe's demo, specs and bundle: Debian packages, node_modules, dist/. Safe to run at any time:
# what is there is left alone. With --quiet it speaks only when it has something to do; with --no-browser it leaves out what only
# some specs need.
# Needs nothing but sh, and npm with any Node from 20 on; what it can neither find nor install it names in one message.
set -eu
cd "$(dirname "$0")/.."
quiet="" browser=yes
for option; do
  case "$option" in
    --quiet) quiet=yes ;;
    --no-browser) browser="" ;;
  esac
done
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# The one list: a Debian package, the program or file that shows it is there, and what for.
packages="
runc                             runc                             an OCI runtime
crun                             crun                             the OCI runtime used by default
containernetworking-plugins      cni:bridge                       the CNI plugins
iptables                         iptables                         what the bridge plugin masquerades with
nftables                         nft                              the census reads its rules
docker-registry                  docker-registry                  the registry of demo and specs
golang-github-containers-common  /usr/share/containers/seccomp.json  the default seccomp profile
busybox-static                   static:busybox                   what test images are made of
catatonit                        catatonit                        the init of pods with one process namespace
iproute2                         ip                               test nodes, the census
procps                           ps                               the census
util-linux                       lsns                             test nodes, the census
libatomic1                       lib:libatomic.so.1               Node 26 is linked with it
libstdc++6                       lib:libstdc++.so.6               Node 26 is linked with it
"
# Without these some specs are skipped, and nothing else is: what cannot be installed is no reason to stop, and is not tried again
# by a quiet set-up.
browser_packages="
chromium                         chromium                         the specs of the page
fonts-dejavu-core                /usr/share/fonts/truetype/dejavu  what Chromium writes with
"
layers_packages="
umoci                            umoci                            what unpacked layers are compared with
"

say() { [ -n "$quiet" ] && [ "${2:-}" != always ] || echo "setup: $1" >&2; }

# Whether a proof from the list's second column is there.
found() {
  case "$1" in
    /*) [ -e "$1" ] ;;
    lib:*) for file in /lib*/"${1#lib:}" /usr/lib*/"${1#lib:}" /usr/lib/*/"${1#lib:}"; do [ -e "$file" ] && return 0; done; false ;;
    cni:*) [ -x "/usr/lib/cni/${1#cni:}" ] || [ -x "/opt/cni/bin/${1#cni:}" ] ;;
    static:*) program=$(command -v "${1#static:}") && ! ldd "$program" > /dev/null 2>&1 ;;
    *) command -v "$1" > /dev/null ;;
  esac
}

# missing_of LIST: the packages of it that are not there.
missing_of() {
  while read -r package proof _; do
    [ -z "$package" ] || found "$proof" || printf ' %s' "$package"
  done << LIST
$1
LIST
}
missing=$(missing_of "$packages")

problems=""
problem() { problems="$problems  - $1
"; }
case "$(uname -s) $(uname -m)" in
  "Linux x86_64" | "Linux aarch64") ;;
  *) problem "this machine is $(uname -s) on $(uname -m): Troupe needs Linux on x86_64 or aarch64" ;;
esac
if ! command -v npm > /dev/null; then
  problem "npm is missing: install Node.js 20 or newer with npm (https://nodejs.org)"
elif major=$(node --version 2> /dev/null | sed 's/^v\([0-9]*\).*/\1/') && [ "${major:-0}" -lt 20 ]; then
  problem "the machine's Node.js is older than 20 ($(node --version 2> /dev/null || echo none)): install a newer one (https://nodejs.org)"
fi
if [ -n "$missing" ]; then
  if ! command -v apt-get > /dev/null; then
    problem "missing, and there is no apt-get to install it with:$missing (Debian's names): install them as your distribution does"
  elif [ "$(id -u)" != 0 ]; then
    problem "missing, and only root may install it:$missing: run as root: sh scripts/setup.sh"
  fi
fi
if [ -n "$problems" ]; then
  printf 'troupe: this machine is not ready:\n%s' "$problems" >&2
  exit 69
fi

mkdir -p .cache
log=.cache/setup.log
# Two set-ups at once (a demo beside the specs) take turns.
exec 9> .cache/setup.lock
flock 9

# run WHAT REMEDY COMMAND…: quietly, with the log's end shown on failure.
run() {
  what=$1 remedy=$2
  shift 2
  say "$what …" always
  "$@" > "$log" 2>&1 < /dev/null 9>&- && return 0
  tail -n 60 "$log" >&2
  printf 'troupe: %s failed (all of it: %s). %s\n' "$what" "$PWD/$log" "$remedy" >&2
  exit 69
}

# Debian starts a package's services when it is installed, unless this file forbids it. A file of the machine's own is put aside
# meanwhile; one that a killed set-up left behind is recognised by its second line.
policy=/usr/sbin/policy-rc.d
restore_policy() {
  if [ -e "$policy.before-troupe" ]; then
    mv "$policy.before-troupe" "$policy"
  elif grep -qs '^# troupe setup$' "$policy"; then
    rm "$policy"
  fi
}
forbid_services() {
  restore_policy
  [ ! -e "$policy" ] || mv "$policy" "$policy.before-troupe"
  printf '#!/bin/sh\n# troupe setup\nexit 101\n' > "$policy"
  chmod 755 "$policy"
}
# Nor shall they start at the next boot: what was not here before is not switched on by us.
disable_services() {
  for package in $missing; do
    for unit in $(dpkg -L "$package" | sed -n 's,.*/systemd/system/\([^/]*\)$,\1,p'); do
      ! command -v systemctl > /dev/null || systemctl disable "$unit"
    done
    for script in $(dpkg -L "$package" | sed -n 's,^/etc/init.d/,,p'); do update-rc.d "$script" disable; done
  done
}
install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 update || true # one dead source of several is no reason to stop
  forbid_services
  trap restore_policy EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing || return 1
  disable_services || true
  restore_policy
  trap - EXIT INT TERM
}
[ -z "$missing" ] ||
  run "installing Debian packages:$missing" "See what apt-get says above; then run this again." install_packages

# install_optional NAME LIST SPECS: what the list lacks, if it can be had; SPECS are those that are skipped without it.
install_optional() {
  tried=.cache/$1-tried
  [ -n "$browser" ] && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null && { [ -z "$quiet" ] || [ ! -e "$tried" ]; } || return 0
  missing=$(missing_of "$2")
  [ -n "$missing" ] || return 0
  say "installing Debian packages:$missing …" always
  touch "$tried"
  if (install_packages) > "$log" 2>&1 < /dev/null 9>&-; then rm "$tried"; else
    say "they cannot be installed here ($PWD/$log): $3 will be skipped" always
  fi
}
install_optional browser "$browser_packages" "the specs of the page in a browser"
install_optional layers "$layers_packages" "the comparison of unpacked layers with umoci's"

# npm writes its hidden lockfile last, so one that is newer than ours says that what ours names is all there.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  run "installing node_modules" "Is a package registry within reach (npm ping)?" \
    npm ci --ignore-scripts --include=dev --include=optional --no-audit --no-fund
  touch node_modules/.package-lock.json
fi

newer=$(find src proto scripts/build.ts scripts/page package-lock.json -newer dist/.built -print 2> /dev/null | head -n 1) || true
if [ ! -e dist/.built ] || [ -n "$newer" ]; then
  run "building the bundle" "See what esbuild says above." sh scripts/node.sh scripts/build.ts
fi
say "ready"
