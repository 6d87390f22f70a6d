# Sourced by the scripts here: mpirun as this machine needs it, and how a check fails.
here=$(cd "$(dirname "$0")" && pwd)
export SCALESIM_RANKS=8
. "$here/../../scripts/mpi_env.sh"
command -v mpirun > /dev/null || { echo "SKIP: mpirun is not installed"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $1"
  for file in "$scratch"/*.txt; do echo "--- $file"; cat "$file"; done
  exit 1
}

# launch RANKS WORDS...: scalesim under mpirun, into out.txt and err.txt; sets `code`.
launch() {
  ranks=$1; shift
  code=0
  mpirun $mpirun_flags -np "$ranks" "$@" > "$scratch/out.txt" 2> "$scratch/err.txt" || code=$?
}

# expect_sentence PATTERN: exactly one line of scalesim on stderr, and it matches.
expect_sentence() {
  grep -q "^scalesim: .*$1" "$scratch/err.txt" || fail "no sentence like '$1'"
  [ "$(grep -c '^scalesim: ' "$scratch/err.txt")" = 1 ] || fail "more than one sentence"
  ! grep -q 'Backtrace\|Signal: \|terminate called' "$scratch/err.txt" || fail "a stack trace"
}
