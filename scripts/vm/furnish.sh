#!/bin/sh
# furnish.sh ROOT GUEST DIRECTORY: mmdebstrap's hook (image.sh). Takes kernel and initrd out to DIRECTORY, and gives the
# new system in ROOT the files in GUEST that make it run one command and power off.
set -eu
root=$1 guest=$2 directory=$3
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"

# The cloud kernel has virtiofs, and boots fast. Unpacked by hand: to install it would draw in an initramfs builder.
cd "$root/tmp"
kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ { print $2 }')
apt-get -q -o APT::Sandbox::User=root download "$kernel"
dpkg-deb -x "$kernel"_*.deb unpacked
version=${kernel#linux-image-}
cp "unpacked/boot/vmlinuz-$version" "$directory/kernel"
cp -a unpacked/lib/modules "$root/usr/lib/"
chroot "$root" depmod "$version"

# The initrd: busybox, and the modules without which there is no disk, no stream out and no share.
mkdir -p initrd/bin initrd/dev initrd/modules initrd/root
cp "$root/bin/busybox" initrd/bin/
cp "$guest/init" initrd/init
chmod 755 initrd/init
chroot "$root" modprobe -S "$version" --show-depends -a virtio_pci virtio_blk virtio_console virtiofs ext4 |
  awk '$1 == "insmod" && !seen[$2]++ { print $2 }' > modules
while read -r module; do
  cp "$root$module" initrd/modules/
  basename "$module" >> initrd/modules.order
done < modules
(cd initrd && find . | "$root/bin/busybox" cpio -o -H newc) > "$directory/initrd"
cd / && rm -rf "$root"/tmp/* "$root"/boot/* "$root"/run/*

install -m 755 "$guest/job" "$root/usr/lib/troupe-job"
install -m 644 "$guest/job.service" "$root/etc/systemd/system/job.service"
echo 7d0c3a5e9b1f4e62a8d47c15b3f09e21 > "$root/etc/machine-id" # without one the first boot takes longer, and each is the first
echo vm > "$root/etc/hostname"
echo "127.0.0.1 localhost vm" > "$root/etc/hosts"
: > "$root/etc/resolv.conf"

# What no spec needs: without it a boot is some seconds shorter. AppArmor profiles are loaded by the spec that wants one.
rm "$root"/usr/lib/systemd/system-generators/*
for unit in apparmor.service modprobe@.service systemd-binfmt.service systemd-sysusers.service systemd-random-seed.service \
  systemd-update-utmp.service systemd-journal-flush.service systemd-pstore.service systemd-remount-fs.service \
  docker-registry.service proc-sys-fs-binfmt_misc.automount sys-kernel-config.mount sys-kernel-debug.mount \
  sys-kernel-tracing.mount
do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
