#!/bin/sh
# Installs what is missing, builds, and runs every test; says in one line each what is skipped and why.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/install.sh" tests
cd "$root"
. scripts/mpi_env.sh
cmake --preset ci
cmake --build --preset ci
scripts/check_layers
ctest --preset ci -j "$(nproc)" --output-junit "$root/build/ci/tests.xml"
scripts/list_skipped build/ci/tests.xml
