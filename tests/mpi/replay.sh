#!/bin/sh
# replay.sh SCALESIM: a profile that was written can be read and replayed; times and speed-ups are told per rank count.
set -eu
. "$(dirname "$0")/common.sh"
binary=$1
launch 3 "$binary" probe --ranks 2 -b 64K -e 1M -f 4 --time-budget 2s --backend mpi --out "$scratch/profile.json"
[ "$code" = 0 ] || fail "probe: exit code $code"
launch 3 "$binary" replay --backend mpi --profile "$scratch/profile.json" --model resnet18 --batch 8 --time 1s -e 1M
[ "$code" = 0 ] || fail "replay: exit code $code"
# Rows: ranks, hosts, probed, predicted, measured, ... Waiting cannot be shorter than asked for.
awk '
  $3 == "yes" || $3 == "no" { if (/M /) sizes++; else { rows++; if (!($4 > 0 && $5 > 0)) print "no times: " $0 } }
  $1 == 1 && $3 == "no" && $5 < 0.99 * $4 { print "one rank was faster than its computing: " $0 }
  END { if (rows != 3 || sizes != 2) print rows " steps and " sizes " sizes" }
' "$scratch/out.txt" > "$scratch/complaints.txt"
[ ! -s "$scratch/complaints.txt" ] || fail "the table is wrong"
launch 2 "$binary" replay --backend mpi --profile "$scratch/profile.json" --batch 8 --time 1s --max-error 0 --json
[ "$code" = 3 ] || fail "--max-error 0: exit code $code"
grep -q '"schema": "scalesim.replay/1"' "$scratch/out.txt" || fail "no JSON"
