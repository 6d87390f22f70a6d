#!/bin/sh
# fault.sh SCALESIM CASE: whatever breaks, the job ends within 30 s with one sentence and without leftover processes.
set -eu
. "$(dirname "$0")/common.sh"
binary=$1
limit=30

# Starts a probe that would take a minute, waits until every rank measures, and prints nothing.
start_long_probe() {
  mpirun $mpirun_flags -np 4 "$binary" probe --ranks 4 --time-budget 60s --backend mpi --out "$scratch/profile.json" \
    > "$scratch/out.txt" 2> "$scratch/err.txt" &
  job=$!
  tries=0
  while [ "$(ranks_alive | wc -w)" -lt 4 ] || ! grep -q measuring "$scratch/err.txt"; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || fail "the job did not start"
    sleep 0.1
  done
  sleep 1
}

# Process ids of this job's ranks: children of its mpirun.
ranks_alive() { ps -o pid= --ppid "$job" | tr '\n' ' '; }
nth() { shift "$1"; echo "$1"; }

# Waits for the job; fails when it takes longer than the limit or leaves processes behind.
finish_within_limit() {
  started=$(date +%s)
  code=0
  wait "$job" || code=$?
  took=$(($(date +%s) - started))
  [ "$took" -le "$limit" ] || fail "the job took $took s to end"
  [ "$code" != 0 ] || fail "exit code 0"
  sleep 2  # mpirun returns a moment before the last of its children is gone
  for pid in $ranks; do ! kill -0 "$pid" 2> /dev/null || fail "rank with pid $pid is still there"; done
  [ "$(cat "$scratch/profile.json")" = earlier ] || fail "the earlier profile was overwritten"
  [ "$(ls "$scratch" | grep -c part)" = 0 ] || fail "half a file was left"
}

echo earlier > "$scratch/profile.json"
case $2 in
  killed_rank)
    start_long_probe; ranks=$(ranks_alive)
    kill -KILL "$(nth 3 $ranks)"
    finish_within_limit
    expect_sentence 'stopped before the end' ;;
  stopped_rank)
    start_long_probe; ranks=$(ranks_alive)
    kill -STOP "$(nth 3 $ranks)"
    finish_within_limit
    expect_sentence 'stopped answering' ;;
  interrupt)
    start_long_probe; ranks=$(ranks_alive)
    kill -INT "$job"
    finish_within_limit ;;  # what ranks still say is up to mpirun, which stops listening
  other_build)
    cp "$binary" "$scratch/scalesim"
    printf 'another build' >> "$scratch/scalesim"
    code=0
    mpirun $mpirun_flags -np 2 "$binary" probe --backend mpi : -np 1 "$scratch/scalesim" probe --backend mpi \
      > "$scratch/out.txt" 2> "$scratch/err.txt" || code=$?
    rm "$scratch/scalesim"
    [ "$code" = 2 ] || fail "exit code $code"
    expect_sentence 'rank 2 runs another build' ;;
  wrong_option)
    launch 3 "$binary" probe --bakcend mpi
    [ "$code" = 2 ] || fail "exit code $code"
    expect_sentence "did you mean '--backend'" ;;
  wrong_size)
    launch 3 "$binary" probe -b 1M -e 4K
    [ "$code" = 2 ] || fail "exit code $code"
    expect_sentence 'no range' ;;
  full_disk)
    [ -c /dev/full ] || { echo "SKIP: there is no /dev/full"; exit 77; }
    launch 2 "$binary" probe -f 64 --time-budget 1s --backend mpi --out /dev/full
    [ "$code" = 2 ] || fail "exit code $code"
    expect_sentence "cannot write '/dev/full'" ;;
  no_folder)
    launch 3 "$binary" probe --backend mpi --out "$scratch/no/such/folder.json"
    [ "$code" = 2 ] || fail "exit code $code"
    expect_sentence 'cannot write' ;;
  foreign_profile)
    echo '{"schema": "something else"}' > "$scratch/foreign.json"
    launch 3 "$binary" replay --backend mpi --profile "$scratch/foreign.json"
    [ "$code" = 2 ] || fail "exit code $code"
    expect_sentence 'foreign.json' ;;
  no_gpu)
    [ ! -e /dev/nvidiactl ] || { echo "SKIP: there is a GPU here"; exit 77; }
    launch 2 "$binary" probe --copies --ranks 2 -f 64 --time-budget 1s
    [ "$code" = 0 ] || fail "exit code $code"
    grep -q '^# GPU copies: not measured' "$scratch/out.txt" || fail "missing copies are not explained"
    grep -q 'host memory was measured, not GPU links' "$scratch/err.txt" || fail "the fallback is not explained"
    launch 2 "$binary" probe --backend nccl
    [ "$code" = 2 ] || fail "--backend nccl: exit code $code"
    expect_sentence 'cannot measure with NCCL' ;;
  single_process)
    code=0
    "$binary" probe > "$scratch/out.txt" 2> "$scratch/err.txt" || code=$?
    [ "$code" = 2 ] || fail "exit code $code"
    expect_sentence 'mpirun -np 4 scalesim probe' ;;
esac
