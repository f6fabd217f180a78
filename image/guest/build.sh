#!/bin/sh
# Makes the test guests' files. Runs inside the root file system that tools.sh made (or any Debian with the same
# packages):
#
#   build.sh <directory of the guest's own files> <out directory>
#
# Leaves in <out>: vmlinuz, initrd, disk.img (a bootable qcow2 of the same kernel and initrd), busybox.
set -eu
own=$1
out=$2
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
# FAT cannot express earlier dates.
date=@315532800
work=$(mktemp -d)
kernel=$(basename "$(echo /lib/modules/*)")
modules="virtio_net virtio_blk virtio_scsi sd_mod ahci sr_mod isofs vfat nls_cp437 nls_ascii nls_iso8859-1
  virtio_rng virtio_balloon button evdev i6300esb"

for directory in bin dev proc sys run tmp root lib/modules; do mkdir -p "$work/root/$directory"; done
mkdir -p "$out"
cp -R "$own/." "$work/root/"
cp /usr/bin/busybox "$work/root/bin/busybox"
cp /usr/bin/busybox "$out/busybox"
cp "/boot/vmlinuz-$kernel" "$out/vmlinuz"

# Drivers, unpacked and listed in the order to load them in: the guest boots under emulation, where unpacking and
# looking for dependencies are slow.
depmod "$kernel"
for name in $modules; do
  modprobe --set-version "$kernel" --show-depends "$name"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | busybox awk '!seen[$0]++' | while read -r file; do
  target=/lib/modules/$(basename "$file" .xz)
  busybox xzcat "$file" >"$work/root$target"
  echo "$target"
done >"$work/root/etc/drivers"
for name in $(busybox --list); do
  [ -e "$work/root/bin/$name" ] || ln -s busybox "$work/root/bin/$name"
done
ln -s bin "$work/root/sbin"
find "$work/root" -exec touch -h -d "$date" {} +
(cd "$work/root" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$out/initrd"

# A disk as users bring one: partition table, boot loader, file system.
raw=$work/disk.raw
truncate -s 40M "$raw"
echo 'label: dos
label-id: 0x6d6f6e6f
start=2048, type=e, bootable' | sfdisk --quiet "$raw"
dd if=/usr/lib/syslinux/mbr/mbr.bin of="$raw" conv=notrunc status=none
mkfs.fat --invariant --offset 2048 -F 16 -n GUEST "$raw" $(((40 * 1024 * 1024 - 1048576) / 1024)) >/dev/null
printf 'DEFAULT guest\nSERIAL 0 115200\nLABEL guest\nKERNEL vmlinuz\nINITRD initrd\nAPPEND console=tty1 console=ttyS0 quiet\n' \
  >"$work/syslinux.cfg"
touch -d "$date" "$out/vmlinuz" "$out/initrd" "$work/syslinux.cfg"
mcopy -m -i "$raw@@1048576" "$out/vmlinuz" "$out/initrd" "$work/syslinux.cfg" ::
syslinux --install --offset 1048576 "$raw"
qemu-img convert -O qcow2 "$raw" "$out/disk.img"
rm -rf "$work"
