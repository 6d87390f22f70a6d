# Sourced by the tests here: a cluster that goes away whatever happens, and how a check fails.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../scripts/mpi_env.sh"
. "$here/cluster.sh"
obstacle=$(cluster_obstacle)
[ -z "$obstacle" ] || { echo "SKIP: $obstacle"; exit 77; }
scratch=$(mktemp -d)
trap 'cluster_down; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
  echo "FAILED: $1"
  for file in "$scratch"/*.txt; do echo "--- $file"; cat "$file"; done
  exit 1
}
