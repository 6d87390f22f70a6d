#!/bin/sh
# Installs what scalesim needs and does not have, on Debian 12 and Ubuntu 24.04. Asks nothing.
# As another user than root it uses sudo when that works without a password, else it says what to install.
set -eu

needed="g++ cmake ninja-build pkg-config ca-certificates libopenmpi-dev openmpi-bin openssh-client
libboost-program-options-dev libfmt-dev libtomlplusplus-dev libfast-float-dev nlohmann-json3-dev libpugixml-dev libutf8proc-dev
libhwloc-dev libonnx-dev libprotobuf-dev protobuf-compiler"
[ "${1:-}" = tests ] && needed="$needed python3 clang-format-14 libeigen3-dev libgtest-dev libgmock-dev libbenchmark-dev libvalijson-dev iproute2 procps"
# On Ubuntu, Chromium is not a Debian package: the page's browser tests are skipped there.
[ "${1:-}" = tests ] && grep -q '^ID=debian' /etc/os-release && needed="$needed chromium"
# The report page needs npm; where another package brings it already, Debian's would clash.
[ "${1:-}" = tests ] && ! command -v npm >/dev/null 2>&1 && needed="$needed nodejs npm"
# The readers are fuzzed with clang's libFuzzer, whose runtime is a package of its own: 14 on Debian 12, 18 on Ubuntu 24.04.
[ "${1:-}" = tests ] && if grep -q '^ID=debian' /etc/os-release; then needed="$needed clang libclang-rt-14-dev"; else
  needed="$needed clang libclang-rt-18-dev"; fi

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
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 -- a list of package names
if ! { $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
       $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "apt-get could not install the packages above: is there a network, and a package mirror?" >&2
  exit 2
fi
