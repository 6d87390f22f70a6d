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
scripts/lint --all --format
status=0
ctest --preset ci -j "$(nproc)" --output-junit "$root/build/ci/tests.xml" || status=$?
scripts/list_skipped build/ci/tests.xml
# libFuzzer comes with clang's runtime; the readers' targets run for 20 s each, two at a time.
if echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
  clang++ -x c++ -fsanitize=fuzzer,address - -o build/ci/fuzzer_probe 2>/dev/null; then
  cmake --preset fuzz
  cmake --build --preset fuzz --target fuzzers
  scripts/fuzz.sh 20 || status=$?
else
  echo "skipped: fuzzing the readers (no clang++ with libFuzzer here; apt install clang)"
fi
exit $status
