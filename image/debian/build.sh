#!/bin/sh
# Makes the bootable disk of the Debian guest. Runs inside the root file system that image/guest/tools.sh made:
#
#   build.sh <our own files> <root file system of the guest> <out directory>
#
# Leaves in <out>: disk.img, a compressed qcow2 that a BIOS boots: a FAT partition with boot loader, kernel and a small
# initrd, and an ext4 one with Debian.
set -eu
own=$1
target=$2
out=$3
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
work=$(mktemp -d)
kernel=$(basename "$(echo /lib/modules/*)")
# Unpacked, and no more than what virtual machines have: unpacking what nobody uses is slow under emulation.
modules="virtio_blk virtio_scsi sd_mod sr_mod ahci virtio_net virtio_balloon virtio_rng virtio_input virtio_mem
  button evdev i6300esb isofs vfat nls_cp437 nls_ascii nls_iso8859_1 udf autofs4 overlay squashfs loop
  8021q bridge bonding dummy tun veth macvlan vxlan nf_tables nft_chain_nat"
boot_mib=32
root_mib=1024

# The root file system: drivers, our files, no secrets, nothing that runs without being asked.
depmod "$kernel"
for name in $modules; do
  modprobe --set-version "$kernel" --show-depends "$name" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | sort -u | while read -r file; do
  unpacked=$target/usr${file%.xz}
  mkdir -p "$(dirname "$unpacked")"
  busybox xzcat "$file" >"$unpacked"
done
cp "/lib/modules/$kernel"/modules.builtin* "/lib/modules/$kernel/modules.order" "$target/usr/lib/modules/$kernel/"
depmod -b "$target/usr" "$kernel" 2>/dev/null || depmod -b "$target" "$kernel"
cp -R "$own/root/." "$target/"
rm -rf "$target"/etc/ssh/ssh_host_* "$target"/var/cache/* "$target"/var/lib/apt/lists/* "$target"/var/log/* \
  "$target"/usr/lib/udev/hwdb.bin "$target"/usr/lib/udev/hwdb.d "$target"/usr/share/info "$target"/etc/resolv.conf
# Empty, not missing: it is made at boot, which is no first boot with all that it would do.
: >"$target/etc/machine-id"
units=$target/etc/systemd/system
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer e2scrub_all.timer \
  e2scrub_reap.service systemd-pstore.service sshd-keygen.service systemd-hwdb-update.service \
  systemd-update-utmp-runlevel.service systemd-binfmt.service getty@tty1.service cloud-init-hotplugd.socket \
  systemd-journal-flush.service systemd-tpm2-setup.service systemd-tpm2-setup-early.service \
  systemd-timesyncd.service systemd-firstboot.service ldconfig.service systemd-journal-catalog-update.service \
  systemd-update-done.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  modprobe@.service systemd-modules-load.service kmod-static-nodes.service systemd-udev-load-credentials.service \
  systemd-sysusers.service systemd-random-seed.service systemd-networkd-persistent-storage.service \
  systemd-machine-id-commit.service proc-sys-fs-binfmt_misc.automount run-lock.mount tmp.mount \
  sys-fs-fuse-connections.mount sys-kernel-config.mount systemd-update-utmp.service systemd-quotacheck-root.service \
  systemd-ask-password-console.path systemd-ask-password-wall.path remote-fs.target; do
  ln -sf /dev/null "$units/$unit"
done
# Programs that would make units for what is not here.
mkdir -p "$target/etc/systemd/system-generators"
for name in bless-boot cryptsetup debug factory-reset fstab gpt-auto hibernate-resume import integritysetup rc-local \
  run ssh system-update sysv tpm2 veritysetup; do
  ln -s /dev/null "$target/etc/systemd/system-generators/systemd-$name-generator"
done
mkdir -p "$units/multi-user.target.wants" "$units/network-online.target.wants" "$units/sockets.target.wants"
ln -sf /usr/lib/systemd/system/systemd-networkd.service "$units/multi-user.target.wants/"
ln -sf /usr/lib/systemd/system/systemd-networkd.socket "$units/sockets.target.wants/"
ln -sf /usr/lib/systemd/system/systemd-networkd-wait-online.service "$units/network-online.target.wants/"
ln -sf /usr/lib/systemd/system/systemd-networkd.service "$units/dbus-org.freedesktop.network1.service"

# The initrd: busybox and the drivers of disks.
for directory in bin dev proc sys mnt lib; do mkdir -p "$work/initrd/$directory"; done
cp "$own/initrd/init" "$work/initrd/init"
cp /usr/bin/busybox "$work/initrd/bin/busybox"
for name in sh mount insmod findfs usleep switch_root; do ln -s busybox "$work/initrd/bin/$name"; done
drivers() {
  for name in $2; do
    for file in $(modprobe --set-version "$kernel" --show-depends "$name" | sed -n 's/^insmod \([^ ]*\).*/\1/p'); do
      busybox xzcat "$file" >"$work/initrd/lib/$(basename "$file" .xz)"
      echo "$1 /lib/$(basename "$file" .xz)"
    done
  done
}
{
  drivers virtio_blk virtio_blk
  drivers virtio_scsi 'virtio_scsi sd_mod'
  drivers ahci 'ahci sd_mod'
} >"$work/initrd/drivers"
(cd "$work/initrd" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >"$work/initrd.img"

# The disk. A serial console has no size to ask for: asking takes seconds when nobody answers.
terminal='systemd.tty.term.console=dumb systemd.tty.term.ttyS0=vt220 systemd.tty.rows.ttyS0=50 systemd.tty.columns.ttyS0=200'
raw=$work/disk.raw
start=1048576
root_start=$((start + boot_mib * 1024 * 1024))
truncate -s $((root_start + root_mib * 1024 * 1024)) "$raw"
printf 'label: dos\nlabel-id: 0x64656269\nstart=2048, size=%d, type=e, bootable\nstart=%d, type=83\n' \
  $((boot_mib * 2048)) $((root_start / 512)) | sfdisk --quiet "$raw"
dd if=/usr/lib/syslinux/mbr/mbr.bin of="$raw" conv=notrunc status=none
mkfs.fat --offset 2048 -F 16 -n BOOT "$raw" $((boot_mib * 1024)) >/dev/null
printf 'DEFAULT debian\nSERIAL 0 115200\nLABEL debian\nKERNEL vmlinuz\nINITRD initrd.img\nAPPEND %s\n' \
  "console=tty1 console=ttyS0 quiet no_timer_check rcupdate.rcu_expedited=1 apparmor=0 selinux=0 audit=0 $terminal" >"$work/syslinux.cfg"
mcopy -i "$raw@@$start" "/boot/vmlinuz-$kernel" ::vmlinuz
mcopy -i "$raw@@$start" "$work/initrd.img" "$work/syslinux.cfg" ::
syslinux --install --offset "$start" "$raw"
mke2fs -q -t ext4 -m 0 -L debian-root -d "$target" -E "offset=$root_start" "$raw" "${root_mib}M"
qemu-img convert -c -O qcow2 -o compression_type=zstd -W -m 4 "$raw" "$out/disk.img"
rm -rf "$work"
