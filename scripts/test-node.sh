#!/bin/sh
# scripts/test-node.sh COMMAND…: runs COMMAND in a test node, private in everything that a container runtime touches:
# network, mount, ipc, uts, pid and cgroup namespaces, own /run, /var/lib/cni, /var/lib/troupe and /opt/cni.
# PID 1 in there reaps at once; when COMMAND ends, all that it started ends with it, and its cgroups are removed.
# TROUPE_NODE_NAME names the node's cgroup (default: troupe-node-PID of this shell).
set -eu
[ "$(id -u)" = 0 ] || { echo "troupe: a test node needs root" >&2; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)
name=${TROUPE_NODE_NAME:-troupe-node-$$}

# One cgroup of our own in each hierarchy. A process can join only cgroups, not namespaces of them, so first this, then unshare -C.
parents=$(awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts)
for parent in $parents; do
  mkdir -p "$parent/$name"
  if [ -e "$parent/$name/cpuset.cpus" ]; then # v1: a cpuset takes no process before it has its CPUs and nodes
    cat "$parent/cpuset.cpus" > "$parent/$name/cpuset.cpus" 2>/dev/null || true
    cat "$parent/cpuset.mems" > "$parent/$name/cpuset.mems" 2>/dev/null || true
  fi
done
leave() {
  for parent in $parents; do
    [ -d "$parent/$name" ] || continue
    # The namespaces' last processes may still be on their way out, for some milliseconds.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      find "$parent/$name" -depth -type d -exec rmdir {} \; 2>/dev/null || true
      [ -d "$parent/$name" ] || break
      sleep 0.1
    done
  done
}
trap leave EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM

status=0
(
  for parent in $parents; do sh -c 'echo $PPID' > "$parent/$name/cgroup.procs"; done
  # Below the root of all, v2 takes controllers or processes in a cgroup, not both. So the node's own is only where its
  # cgroup namespace begins, and whatever runs in it lives one level lower.
  leaf=""
  [ "$parents" != /sys/fs/cgroup ] || leaf=$parents/$name/init
  # shellcheck disable=SC2016
  exec unshare -C sh -ec '[ -z "$0" ] || { mkdir "$0"; echo $$ > "$0/cgroup.procs"; }
    exec unshare -n -m -i -u -p -f --kill-child --propagation private sh "$@"' "$leaf" "$here/test-node-init.sh" "$@"
) || status=$?
exit $status
