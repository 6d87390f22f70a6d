#!/bin/sh
# Installs what is missing, builds release, and runs: mpirun -np 8 scalesim --model resnet18
# Words behind it replace the arguments: scripts/run.sh --model vgg16 --gpu rtx4090. SCALESIM_RANKS=N changes the 8.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/scripts/install.sh"
cd "$root"
log=build/release.log
mkdir -p build
if ! { cmake --preset release && cmake --build --preset release --target scalesim; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "the build failed; the whole log is $log" >&2
  exit 2
fi
ranks=${SCALESIM_RANKS:-8}
. scripts/mpi_env.sh
[ $# -gt 0 ] || set -- --model resnet18
if command -v mpirun >/dev/null 2>&1; then
  # shellcheck disable=SC2086 -- a list of flags
  exec mpirun -np "$ranks" $mpirun_flags build/release/scalesim "$@"
fi
echo "no mpirun here: predicting from presets, nothing is measured" >&2
exec build/release/scalesim "$@"
