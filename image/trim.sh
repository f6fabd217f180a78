#!/bin/sh
# Runs inside rootfs.sh: removes what an image that is replaced as a whole never needs, and makes what the
# packages' maintainer scripts (which do not run) would have made.
#
#   trim.sh <root directory>
set -eu
cd "$1"

# Package management, service managers, documentation, translations.
rm -rf etc/apt etc/dpkg etc/alternatives etc/init.d etc/cron.* etc/default etc/systemd etc/rc?.d etc/apparmor.d \
  usr/lib/apt usr/lib/dpkg usr/lib/systemd usr/lib/udev usr/lib/tmpfiles.d usr/lib/sysusers.d usr/lib/init \
  var/cache/* var/lib/apt var/lib/dpkg var/lib/systemd var/log/* var/backups
rm -rf usr/share/doc usr/share/man usr/share/info usr/share/locale usr/share/lintian usr/share/bug \
  usr/share/bash-completion usr/share/zsh usr/share/polkit-1 usr/share/dbus-1 usr/share/systemtap \
  usr/share/icons usr/share/applications usr/share/common-licenses usr/share/perl* usr/share/i18n \
  usr/share/alsa usr/share/augeas usr/share/apparmor usr/share/apport usr/share/initramfs-tools
rm -rf etc/resolv.conf etc/hostname tmp/mmdebstrap.*
rm -rf usr/share/ovmf usr/games usr/include usr/src usr/lib/file usr/lib/locale usr/lib/valgrind \
  usr/lib/x86_64-linux-gnu/gconv usr/lib/x86_64-linux-gnu/systemd usr/lib/x86_64-linux-gnu/perl* \
  usr/lib/x86_64-linux-gnu/security

# The emulators of other machines, their firmware, and tools that no code of ours calls.
rm -f usr/bin/qemu-system-i386 usr/bin/qemu-system-x86_64-microvm usr/bin/qemu-io usr/bin/qemu-nbd \
  usr/bin/qemu-storage-daemon usr/bin/qemu-pr-helper usr/bin/qemu-vmsr-helper \
  usr/bin/systemd-* usr/bin/systemctl usr/bin/journalctl usr/bin/networkctl usr/bin/loginctl usr/bin/run0 \
  usr/lib/qemu/qemu-bridge-helper usr/lib/qemu/virtfs-proxy-helper usr/sbin/tc usr/bin/perl* \
  usr/bin/openssl usr/bin/p11tool usr/bin/danetool usr/bin/gnutls-* usr/bin/ocsptool usr/bin/psktool \
  usr/bin/swtpm_bios
# Who manages accounts, buses, foreign networks or looks into disks of files does so elsewhere.
(cd usr/bin && rm -f isoinfo isodump isovfy devdump dbus-* ss rdma nstat lsipc lslogins passwd chage chfn chsh expiry \
  gpasswd su sg newgrp busctl machinectl portablectl importctl timedatectl varlinkctl kernel-install xmllint \
  virt-admin virt-pki-* wdctl)
(cd usr/sbin && rm -f devlink tipc dcb vdpa rtmon rtacct genl arpd user* group* newusers *passwd vi[pg]* grp* pw* \
  add* del* agetty sulogin unix_* zramctl mkswap swapo* fsck* logrotate rtcwake blkzone)
(cd usr/lib/x86_64-linux-gnu && rm -f libunbound.so.* libevent-2.1.so.* libgnutls-dane.so.*)
(cd usr/share/qemu && rm -rf skiboot.lid slof.bin openbios-* u-boot* hppa-firmware* s390-* ./*.dtb \
  palcode-clipper opensbi-* trace-events-all qemu_vga.ndrv vof* ./*_bootrom.bin edk2-arm* edk2-riscv* edk2-loongarch*)
find usr/share/OVMF -type f ! -name 'OVMF_CODE_4M.fd' ! -name 'OVMF_CODE_4M.secboot.fd' \
  ! -name 'OVMF_VARS_4M.fd' ! -name 'OVMF_VARS_4M.ms.fd' -delete

find usr/bin usr/sbin -xtype l -delete

# Nobody becomes somebody else here.
find usr -type f -perm /6000 -exec chmod ug-s {} +

# libvirt runs as user 107 and reads its configuration.
find etc/libvirt -type d -exec chmod 0755 {} +
find etc/libvirt -type f -exec chmod 0644 {} +
mkdir -p tmp var/tmp var/log var/cache var/lib/libvirt root
chmod 1777 tmp var/tmp
rm -rf var/run var/lock
ln -s /run var/run
ln -s /run/lock var/lock

# A tool box where Debian's own tools are absent; never over a program that a package brought.
for name in $(usr/bin/busybox --list); do
  [ -e "usr/bin/$name" ] || [ -e "usr/sbin/$name" ] || ln -s busybox "usr/bin/$name"
done
[ ! -x usr/sbin/ldconfig ] || chroot . /usr/sbin/ldconfig
