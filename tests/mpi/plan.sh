#!/bin/sh
# plan.sh SCALESIM CASE: a plan is the same from any number of ranks, and nothing done is lost when it is stopped.
set -eu
. "$(dirname "$0")/common.sh"
binary=$1
question="plan --model resnet50 --max-gpus 16 --json"
cd "$scratch"

# random N: a number below N.
random() { echo $(($(od -An -N2 -tu2 /dev/urandom) % $1)); }
checkpoints() { ls "$scratch" | grep -c 'checkpoint$' || true; }

case $2 in
  same)
    "$binary" $question > one.json
    for ranks in 1 2 3; do
      launch $ranks "$binary" $question --threads 1
      [ "$code" = 0 ] || fail "exit code $code with $ranks ranks"
      cmp -s one.json out.txt || fail "$ranks ranks do not say what one process says"
    done
    [ "$(checkpoints)" = 0 ] || fail "a checkpoint is left" ;;
  killed_rank)
    question="plan --model resnet50 --max-gpus 1024 --json"
    "$binary" $question > one.json
    # The longer the ranks may run, the surer they are past their start, and the less is left to lose.
    for delay in 1 2 3 4 6; do
      mpirun $mpirun_flags -np 3 "$binary" $question --threads 1 > out.txt 2> err.txt &
      job=$!
      while [ "$(ps -o pid= --ppid "$job" | wc -w)" -lt 3 ]; do sleep 0.05; done
      sleep $delay
      kill -KILL "$(ps -o pid= --ppid "$job" | tail -n 1)" 2> /dev/null || true
      code=0
      wait "$job" || code=$?
      [ "$(checkpoints)" = 0 ] || break
    done
    [ "$(checkpoints)" = 1 ] || { echo "SKIP: no rank could be killed while they searched"; exit 77; }
    [ "$code" != 0 ] || fail "exit code 0"
    expect_sentence 'stopped before .* --resume'
    file=$(sed -n 's/.*--resume \([^ ]*\).*/\1/p' err.txt)
    echo "$(cat err.txt)"
    launch 2 "$binary" $question --threads 1 --resume "$file"
    [ "$code" = 0 ] || fail "exit code $code when resumed"
    cmp -s one.json out.txt || fail "not the same answer" ;;
  interrupted)
    "$binary" $question > one.json
    for round in $(seq 20); do
      rm -f -- *.checkpoint
      again=""
      stops=0
      while :; do
        "$binary" $question --threads 1 $again > out.txt 2> err.txt &
        job=$!
        if [ "$stops" -lt 4 ]; then
          sleep "0.$(random 10)$(random 10)"
          kill "-$([ "$(random 2)" = 0 ] && echo INT || echo TERM)" "$job" 2> /dev/null || true
        fi
        code=0
        wait "$job" || code=$?
        [ "$code" != 0 ] || break
        stops=$((stops + 1))
        # 130 and 143: the signal came before the search began, and there was nothing to keep.
        case $code in 2) expect_sentence 'stopped with' ;; 130 | 143) ;; *) fail "exit code $code" ;; esac
        file=$(ls -- *.checkpoint 2> /dev/null || true)
        again=${file:+--resume $file}
      done
      cmp -s one.json out.txt || fail "round $round: not the same answer"
      echo "round $round: the same answer after $stops stops"
    done ;;
  foreign)
    "$binary" $question --checkpoint kept.checkpoint --threads 1 > out.txt 2> err.txt &
    job=$!
    sleep 0.7
    kill -TERM "$job" 2> /dev/null || true
    wait "$job" || true
    [ -e kept.checkpoint ] || { echo "SKIP: the search ended before it was stopped"; exit 77; }
    code=0
    "$binary" $question --currency USD --resume kept.checkpoint > out.txt 2> err.txt || code=$?
    [ "$code" = 2 ] || fail "exit code $code"
    expect_sentence 'another question' ;;
esac
