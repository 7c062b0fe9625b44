#!/bin/sh
# PID 1 of a test node (scripts/test-node.sh). A shell that waits for a command in the foreground reaps every orphan at once.
set -eu
mount -t proc -o nosuid,nodev,noexec proc /proc
ip link set lo up
hostname troupe-node

# A fresh view of the same cgroup hierarchies, rooted at this node's own cgroup by the cgroup namespace.
# crun refuses a hybrid hierarchy, so on one its bare v2 half is left out.
kinds=$(awk '$3 ~ /^cgroup2?$/ { print $3, $4 }' /proc/self/mounts | sort -u)
controllers=$(awk 'NR > 1 && $2 != 0 { print $1 }' /proc/cgroups)
if printf '%s\n' "$kinds" | grep -q '^cgroup '; then
  v1=$(awk '$3 == "cgroup" { print $2, $4 }' /proc/self/mounts | while read -r at options; do
    known=""
    for controller in $controllers; do
      case ",$options," in *,"$controller",*) known="$known,$controller" ;; esac
    done
    case ",$options," in *,name=*) known=",none,name=${options##*name=}" ;; esac
    [ -n "$known" ] && echo "$(basename "$at") ${known#,}"
  done)
  umount -R /sys/fs/cgroup # covered mounts would still be listed, and a node within this node would take them for its own
  mount -t tmpfs -o mode=755,size=1m tmpfs /sys/fs/cgroup
  printf '%s\n' "$v1" | while read -r name options; do
    mkdir -p "/sys/fs/cgroup/$name"
    mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$name"
  done
else
  umount -R /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" > /sys/fs/cgroup/cgroup.subtree_control 2> /dev/null || true # cpu: not beside real-time processes
  done
fi

# Devices of its own: OCI runtimes give a container's standard streams, /dev/null among them, to its user.
devices=/mnt
mount -t tmpfs -o mode=755 devices "$devices"
cp -ax /dev/. "$devices"
chown root:root "$devices/null"
mkdir -p "$devices/pts" "$devices/shm" "$devices/mqueue"
ln -sf pts/ptmx "$devices/ptmx"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$devices/pts"
mount -t tmpfs -o mode=1777 shm "$devices/shm"
umount -R -l /dev # lazily: this shell's own streams may lie on it
mount --move "$devices" /dev

mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /var/lib/cni /var/lib/troupe /etc/cni /opt/cni
for place in /var/lib/cni /var/lib/troupe /etc/cni /opt/cni; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
mkdir -p /etc/cni/net.d /opt/cni/bin
mount --make-rshared /

export TROUPE_TEST_NODE=1
"$@"
