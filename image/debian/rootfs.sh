#!/bin/sh
# Makes the root file system of the Debian guest as a tar, without kernel and without our own files.
#
#   rootfs.sh <out.tar>
#
# Environment: RELEASE (Debian suite), MIRROR (a Debian mirror; the archive itself unless given). Needs root and mmdebstrap.
set -eu
out=$1
here=$(cd "$(dirname "$0")" && pwd)
packages=$(grep -v '^ *\(#\|$\)' "$here/packages.txt" | paste -sd, -)
exclude() { for path; do printf -- '--dpkgopt=path-exclude=%s\n' "$path"; done; }
# shellcheck disable=SC2046
mmdebstrap --quiet --variant=minbase --mode=root --format=tar --architectures=amd64 \
  --aptopt='APT::Install-Recommends "false"' --dpkgopt='force-unsafe-io' \
  $(exclude '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/i18n/*' '/usr/share/lintian/*') \
  --include="$packages" "${RELEASE:-trixie}" "$out" ${MIRROR:+"$MIRROR"}
