#!/bin/sh
# accuracy.sh SCALESIM [RATES] [HOSTS] [RANKS_PER_HOST]: the experiment behind the cluster table of docs/accuracy.md.
# Links are measured on at most 4 ranks; all-reduces of sizes and rank counts that were not measured, and the steps of
# ResNet-18 and VGG-16, are then predicted and played. Prints the rows of replay. Wants a quiet machine, or
# 'chrt -r 1' in front: the ranks sleep where they would spin, so others still get their share.
set -eu
. "$(dirname "$0")/common.sh"
binary=$1
rates=${2:-"100 400"}
host_counts=${3:-"2 4 8"}
rank_counts=${4:-"1 2"}
models=${models:-"resnet18 vgg16"}
cc -O1 -shared -fPIC -o "$scratch/doze.so" "$here/doze.c" || fail "no C compiler"
cluster_more_flags="-x LD_PRELOAD=$scratch/doze.so"
cluster_up 8 100mbit
for rate in $rates; do
  cluster_rate "${rate}mbit"
  for ranks in $rank_counts; do
    echo "== links of $rate Mbit/s, $ranks ranks per host: measured on 4 ranks"
    cluster_run $((4 / ranks)) "$ranks" "$binary" probe --ranks 2,4 -b 64K -e 8M -f 2 --time-budget 30s --pairs \
      --out "$scratch/profile.json" > "$scratch/probe.txt" 2> "$scratch/err.txt" || fail "the probe failed"
    sed -n '/^# pairs/,$p' "$scratch/probe.txt"
    for hosts in $host_counts; do
      for model in $models; do
        sizes=""
        [ "$model" != resnet18 ] || sizes="-b 1536K -e 12M -f 2"
        echo "-- $rate Mbit/s, $hosts hosts, $ranks ranks per host, $model"
        cluster_run "$hosts" "$ranks" "$binary" replay --profile "$scratch/profile.json" --ranks $((hosts * ranks)) \
          --model "$model" --batch 32 --gradient-precision fp16 --time 8s $sizes 2> "$scratch/err.txt" ||
          fail "the replay failed"
      done
    done
  done
done
