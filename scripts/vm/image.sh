#!/bin/sh
# image.sh DIRECTORY PACKAGE…: makes what a test machine boots from in DIRECTORY: kernel, initrd, disk.img. A Debian 12 with
# PACKAGEs beside what the machine itself needs. Takes half a minute and a Debian mirror; needs root.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
directory=$1
shift
packages="systemd systemd-sysv dbus kmod mount apparmor criu"
rm -rf --one-file-system "$directory"
mkdir -p "$directory"
mmdebstrap --mode=root --variant=essential --include="$(echo "$packages $*" | tr ' ' ,)" \
  --customize-hook="sh '$here/furnish.sh' \"\$1\" '$here/guest' '$directory'" \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  bookworm "$directory/root"
# Without a journal, and sparse: every boot writes to a layer over it that is thrown away.
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$directory/root" "$directory/disk.img" 4G
rm -rf --one-file-system "$directory/root"
