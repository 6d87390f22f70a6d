#!/bin/sh
# Installs what scalesim needs and does not have, on Debian 12 and Ubuntu 24.04. Asks nothing.
# As another user than root it uses sudo when that works without a password, else it says what to install.
set -eu

needed="g++ cmake ninja-build pkg-config ca-certificates libopenmpi-dev openmpi-bin openssh-client
libboost-program-options-dev libfmt-dev libtomlplusplus-dev nlohmann-json3-dev libpugixml-dev libhwloc-dev
libeigen3-dev libonnx-dev libprotobuf-dev protobuf-compiler"
[ "${1:-}" = tests ] && needed="$needed libgtest-dev libgmock-dev libbenchmark-dev libvalijson-dev iproute2 procps"

missing=""
for package in $needed; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
  else
    echo "scalesim needs these packages; as root run: apt-get install -y$missing" >&2
    exit 2
  fi
fi
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q >/dev/null
# shellcheck disable=SC2086 -- a list of package names
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
