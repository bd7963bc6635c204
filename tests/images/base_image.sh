#!/usr/bin/env bash
# Make a stand-in for the official image of Python 3.12 where no image can be downloaded: a small
# Debian, the CPython of this machine, and the certificates that this machine trusts.
# usage: base_image.sh IMAGE PYTHON, where PYTHON is the CPython 3.12 to copy
set -euo pipefail
readonly image=$1 python=$2
prefix=$("$python" -c 'import sys; assert sys.version_info[:2] == (3, 12); print(sys.base_prefix)')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
readonly root="$scratch/root"

# What CPython's own modules are linked with; nothing else that the official image lacks.
mmdebstrap --quiet --variant=minbase --mode=root --aptopt='Acquire::Languages "none"' \
  --include=ca-certificates,libbz2-1.0,libexpat1,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3,libuuid1,netbase,tzdata,zlib1g \
  bookworm "$root"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*

tar -C "$prefix" -c --exclude=__pycache__ --exclude=test --exclude='*.a' \
  --exclude='lib/python3.12/site-packages/*' --exclude='bin/pip*' bin include lib \
  | tar -C "$root/usr/local" -x --no-same-owner
ln -sf python3.12 "$root/usr/local/bin/python"
ln -sf python3.12 "$root/usr/local/bin/python3"
chroot "$root" ldconfig
chroot "$root" /usr/local/bin/python -m ensurepip > "$scratch/ensurepip.log" 2>&1 \
  || { cat "$scratch/ensurepip.log" >&2; exit 1; }
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

container=$(buildah from scratch)
trap 'buildah rm "$container" > /dev/null; rm -rf "$scratch"' EXIT
buildah add --quiet "$container" "$root" / > /dev/null
buildah config --cmd python3 --env LANG=C.UTF-8 \
  --env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
buildah commit --quiet "$container" "$image" > /dev/null
