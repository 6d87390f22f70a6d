#!/bin/sh
# measured_table.sh SCALESIM: steps played for real on 1 to 4 hosts of 200 Mbit/s, computing stood in for by a second of waiting, become a user's table, and validate
# holds the prediction from a profile of two hosts against it. A table of other links must fail.
set -eu
. "$(dirname "$0")/common.sh"
options="--profile $scratch/profile.json --model resnet18 --batch 32 --gradient-precision fp16 --gpu rtx4090 --step-time 1s"
cluster_up 4 200mbit
cluster_run 2 1 "$1" probe --ranks 2 -b 64K -e 8M -f 4 --time-budget 8s --out "$scratch/profile.json" > "$scratch/probe.txt" \
  2> "$scratch/err.txt" || fail "the probe failed"
cluster_run 4 1 "$1" replay $options --ranks 1,2,3,4 --time 4s --json="$scratch/replay.json" > "$scratch/replay.txt" \
  2> "$scratch/err.txt" || fail "the replay failed"
awk -F '[:,]' '
  BEGIN { print "gpus,step_s" }
  /"ranks"/ { ranks = $2 + 0 }
  /"measured_s"/ { print ranks "," $2 + 0 }
' "$scratch/replay.json" > "$scratch/measured.csv"
[ "$(wc -l < "$scratch/measured.csv")" = 5 ] || fail "not four steps in the table"
validate() { "$1" validate --table "$2" $options --system pcie --gpus-per-node 1 --nodes 4 --max-mape 35; }
cp "$scratch/measured.csv" "$scratch/table.txt"
validate "$1" "$scratch/measured.csv" > "$scratch/validate.txt" 2>&1 || fail "the prediction is off"
cat "$scratch/validate.txt"
"$1" validate --fit "$scratch/measured.csv" $options --system pcie --gpus-per-node 1 --nodes 4
# The same steps on links ten times as fast: waiting shrinks to a tenth, and the prediction is far too slow.
awk -F, 'NR == 2 { one = $2 } NR > 1 { $2 = one + ($2 - one) / 10 } { print $1 "," $2 }' "$scratch/measured.csv" > "$scratch/faster.csv"
code=0
validate "$1" "$scratch/faster.csv" > "$scratch/faster.txt" 2>&1 || code=$?
[ "$code" = 3 ] || fail "a table of other links was accepted with code $code"
