#!/bin/sh
# slow_link.sh SCALESIM: three hosts at 200 Mbit/s, one of them cut down to 20: the probe finds what the links carry,
# never more, and names the slow host and no other.
set -eu
. "$(dirname "$0")/common.sh"
cluster_up 3 200mbit
cluster_link 1 20mbit
cluster_run 3 1 "$1" probe --pairs --ranks 2 -b 1M -e 1M --time-budget 8s > "$scratch/out.txt" 2> "$scratch/err.txt" ||
  fail "the probe failed"
[ "$(grep -c ' is slow' "$scratch/out.txt")" = 1 ] || fail "not exactly one slow link is named"
grep -q '^host h1 is slow' "$scratch/out.txt" || fail "the slow host is not named"
# Rows of the matrix: name, rank, MB/s to h0, h1, h2. 200 Mbit/s are 25 MB/s, 20 are 2.5; tbf lets a burst pass.
awk '
  function check(found, limit) { if (found > 1.1 * limit || found < 0.2 * limit) print found " MB/s on a link of " limit }
  $1 == "h0" && $3 == "-" { check($4, 2.5); check($5, 25); rows++ }
  $1 == "h2" && $5 == "-" { check($3, 25); check($4, 2.5); rows++ }
  END { if (rows != 2) print rows " rows of the matrix were found" }
' "$scratch/out.txt" > "$scratch/complaints.txt"
[ ! -s "$scratch/complaints.txt" ] || fail "the bandwidth is off"
