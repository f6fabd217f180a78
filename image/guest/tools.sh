#!/bin/sh
# Makes a root file system with everything that build.sh needs, as a tar: the kernel and the tools.
#
#   tools.sh <out.tar> <package of the kernel>
#
# Environment: RELEASE (Debian suite), MIRROR (a Debian mirror; the archive itself unless given). Needs root and mmdebstrap.
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
packages=$(grep -v '^ *\(#\|$\)' "$here/packages.txt" | paste -sd, -)
SOURCE_DATE_EPOCH=0 mmdebstrap --quiet --variant=extract --mode=root --format=tar --architectures=amd64 \
  --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --include="$2,$packages" "${RELEASE:-trixie}" "$out" ${MIRROR:+"$MIRROR"}
