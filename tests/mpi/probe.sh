#!/bin/sh
# probe.sh SCALESIM RANKS: every group size is measured from the smallest size up, and no result is wrong.
set -eu
. "$(dirname "$0")/common.sh"
binary=$1
ranks=$2
launch "$ranks" "$binary" probe -f 8 -e 1M --time-budget 4s --backend mpi
[ "$code" = 0 ] || fail "exit code $code"
[ "$(grep -c '^# rank [0-9]*: host ' "$scratch/out.txt")" = "$ranks" ] || fail "not every rank says where it runs"
n=1
while [ "$n" -le "$ranks" ]; do
  grep -q "^# all_reduce, $n ranks" "$scratch/out.txt" || fail "no rows for $n ranks"
  n=$((n + 1))
done
# Columns: 1 size, 2 count, 5 ranks, 7 time, 8 algbw, 9 busbw, 10 #wrong.
awk -v ranks="$ranks" '
  /^ *[0-9]/ {
    rows++
    if ($1 != 4 * $2) print "size and count disagree: " $0
    if (!($7 > 0)) print "no time: " $0
    if ($10 != 0) print "wrong results: " $0
    expected = $8 * 2 * ($5 - 1) / $5
    if ($9 - expected > 0.01 * expected + 0.002 || expected - $9 > 0.01 * expected + 0.002) print "busbw is off: " $0
    if ($1 == 4) smallest++
  }
  END { if (smallest != ranks) print "smallest size measured for " smallest " of " ranks " groups, " rows " rows" }
' "$scratch/out.txt" > "$scratch/complaints.txt"
[ ! -s "$scratch/complaints.txt" ] || fail "the table is wrong"
