#!/bin/sh
# Makes the test guests' files. Runs inside the root file system that tools.sh made (or any Debian with the same
# packages):
#
#   build.sh <directory of the guest's own files> <static programs of our own> <out directory>
#
# Leaves in <out>: vmlinuz, initrd, disk.img (a bootable qcow2 of the same kernel and initrd), busybox, our programs.
set -eu
own=$1
programs=$2
out=$3
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
# FAT cannot express earlier dates.
date=@315532800
work=$(mktemp -d)
kernel=$(basename "$(echo /lib/modules/*)")
# What a kernel lacks is left out, what it has built in needs no file.
modules="virtio_pci virtio_net virtio_blk virtio_scsi sd_mod ahci sr_mod xhci_pci usb_storage e1000 e1000e 8139cp
  isofs vfat nls_cp437 nls_ascii nls_iso8859_1 ext4 virtiofs virtio_rng virtio_balloon virtio_console button evdev
  i6300esb"
tools="mke2fs resize2fs e2fsck blkid"

for directory in bin dev proc sys run tmp root mnt lib/modules; do mkdir -p "$work/root/$directory"; done
mkdir -p "$out"
cp -R "$own/." "$work/root/"
cp "$programs"/* "$work/root/bin/"
cp /usr/bin/busybox "$work/root/bin/busybox"
cp /usr/bin/busybox "$programs"/* "$out/"
cp "/boot/vmlinuz-$kernel" "$out/vmlinuz"

# Drivers, unpacked, and for each the files to load in order: the guest boots under emulation, where unpacking and
# looking for dependencies are slow.
depmod "$kernel"
for name in $modules; do
  files=$(modprobe --set-version "$kernel" --show-depends "$name" 2>/dev/null) || continue
  line=$name
  for file in $(echo "$files" | sed -n 's/^insmod \([^ ]*\).*/\1/p'); do
    target=/lib/modules/$(basename "$file" .xz | tr - _)
    [ -e "$work/root$target" ] || busybox xzcat "$file" >"$work/root$target"
    line="$line $target"
  done
  echo "$line"
done >"$work/root/etc/drivers"

# Tools for file systems, which busybox has only for ext2, with their libraries at the paths that they were linked for.
for name in $tools; do
  cp "$(command -v "$name")" "$work/root/bin/$name"
  for library in $(/lib64/ld-linux-x86-64.so.2 --list "$(command -v "$name")" | sed -n 's/.* \(\/[^ ]*\) (.*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'); do
    mkdir -p "$work/root$(dirname "$library")"
    cp -L "$library" "$work/root$library"
  done
done
cp /etc/mke2fs.conf "$work/root/etc/mke2fs.conf"
for name in ext2 ext3 ext4; do ln -s mke2fs "$work/root/bin/mkfs.$name"; done
for name in $(busybox --list); do
  [ -e "$work/root/bin/$name" ] || ln -s busybox "$work/root/bin/$name"
done
ln -s bin "$work/root/sbin"
find "$work/root" -exec touch -h -d "$date" {} +
(cd "$work/root" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$out/initrd"

# A disk as users bring one: partition table, boot loader, file system.
raw=$work/disk.raw
truncate -s 48M "$raw"
echo 'label: dos
label-id: 0x6d6f6e6f
start=2048, type=e, bootable' | sfdisk --quiet "$raw"
dd if=/usr/lib/syslinux/mbr/mbr.bin of="$raw" conv=notrunc status=none
mkfs.fat --invariant --offset 2048 -F 16 -n GUEST "$raw" $(((48 * 1024 * 1024 - 1048576) / 1024)) >/dev/null
printf 'DEFAULT guest\nSERIAL 0 115200\nLABEL guest\nKERNEL vmlinuz\nINITRD initrd\nAPPEND console=tty1 console=ttyS0 quiet no_timer_check\n' \
  >"$work/syslinux.cfg"
touch -d "$date" "$out/vmlinuz" "$out/initrd" "$work/syslinux.cfg"
mcopy -m -i "$raw@@1048576" "$out/vmlinuz" "$out/initrd" "$work/syslinux.cfg" ::
syslinux --install --offset 1048576 "$raw"
qemu-img convert -O qcow2 "$raw" "$out/disk.img"
rm -rf "$work"
