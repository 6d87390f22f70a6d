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
status=0
ctest --preset ci -j "$(nproc)" --output-junit "$root/build/ci/tests.xml" || status=$?
scripts/list_skipped build/ci/tests.xml
exit $status
