#!/bin/sh
# Makes the root file system of docker.io/monovirt/monovirt as a tar, without the executable itself.
#
#   rootfs.sh <out.tar>
#
# Environment: RELEASE (Debian suite), MIRROR (a Debian mirror; the archive itself unless given). The image builder and the Dockerfile both run
# this script, so both make the same image. Needs root and mmdebstrap.
set -eu
# Nobody but root may write to what is copied, whoever's checkout it comes from.
umask 022
out=$1
here=$(cd "$(dirname "$0")" && pwd)
packages=$(grep -v '^ *\(#\|$\)' "$here/packages.txt" | paste -sd, -)

# A fixed date for every file makes equal contents equal images.
SOURCE_DATE_EPOCH=0 mmdebstrap --quiet --variant=extract --skip=cleanup,output/dev --mode=root --format=tar \
  --architectures=amd64 --aptopt='APT::Install-Recommends "false"' \
  --include="$packages" --extract-hook="sh '$here/trim.sh' \"\$1\"" \
  --extract-hook="cp -R '$here/rootfs/.' \"\$1/\"" \
  "${RELEASE:-trixie}" "$out" ${MIRROR:+"$MIRROR"}
