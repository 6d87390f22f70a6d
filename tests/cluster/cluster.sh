# Sourced: a cluster of up to 8 hosts on one machine. Every host is a network namespace with its own host name, joined
# by a veth pair to a bridge in a namespace of its own; both ends of every pair are limited with tc tbf, so a host has
# a full-duplex link of a known rate. Nothing outside these namespaces is touched, and all of it goes at exit.
# Wants: `scratch` (a folder). Gives: cluster_up, cluster_rate, cluster_link, cluster_run, cluster_down.
cluster_folder=$(cd "$(dirname "$0")" && pwd)
cluster_id=scalesim$$
cluster_hosts=0

# Why a cluster cannot be made here, or nothing.
cluster_obstacle() {
  [ "$(id -u)" = 0 ] || { echo "needs root for network namespaces"; return; }
  for tool in ip tc unshare mpirun; do
    command -v $tool > /dev/null || { echo "$tool is not installed"; return; }
  done
  ip netns add "$cluster_id-try" 2> /dev/null || { echo "network namespaces are not allowed here"; return; }
  if ! ip -n "$cluster_id-try" link add name try0 type veth peer name try1 2> /dev/null; then
    echo "veth links are not allowed here"
  elif ! ip -n "$cluster_id-try" link add name try2 type bridge 2> /dev/null; then
    echo "bridges are not allowed here"
  elif ! tc -n "$cluster_id-try" qdisc add dev try0 root tbf rate 1mbit burst 16kb latency 50ms 2> /dev/null; then
    echo "tc tbf is not in this kernel"
  fi
  ip netns del "$cluster_id-try"
}

host_space() { echo "$cluster_id-h$1"; }
switch_space() { echo "$cluster_id-switch"; }

# cluster_up HOSTS RATE: hosts h0.. with addresses 10.77.0.1.., such as cluster_up 4 100mbit.
cluster_up() {
  cluster_hosts=$1
  ip netns add "$(switch_space)"
  ip -n "$(switch_space)" link add name bridge type bridge
  ip -n "$(switch_space)" link set bridge mtu 9000 up
  host=0
  while [ "$host" -lt "$cluster_hosts" ]; do
    space=$(host_space $host)
    ip netns add "$space"
    ip -n "$space" link add name eth0 mtu 9000 type veth peer name "port$host" mtu 9000 netns "$(switch_space)"
    ip -n "$space" addr add "10.77.0.$((host + 1))/24" dev eth0
    ip -n "$space" link set lo up
    # Packets no larger than a frame: tbf counts whole packets, and large ones would pass in bursts.
    ip -n "$space" link set eth0 gso_max_size 9000 gso_max_segs 1 up
    ip -n "$(switch_space)" link set "port$host" gso_max_size 9000 gso_max_segs 1 master bridge up
    # A plain congestion control and no slow start after a pause: both would be measured instead of the link.
    ip netns exec "$space" sh -c 'cd /proc/sys/net/ipv4
      echo reno > tcp_congestion_control; echo 0 > tcp_slow_start_after_idle'
    mkdir -p "/etc/netns/$space"
    cluster_names > "/etc/netns/$space/hosts"
    cluster_link $host "$2"
    host=$((host + 1))
  done
}

cluster_names() {
  echo "127.0.0.1 localhost"
  n=0
  while [ "$n" -lt "$cluster_hosts" ]; do
    echo "10.77.0.$((n + 1)) h$n"
    n=$((n + 1))
  done
}

# cluster_link HOST RATE: the rate of one host's link, in each direction.
cluster_link() {
  tc -n "$(host_space "$1")" qdisc replace dev eth0 root tbf rate "$2" burst 32kb latency 100ms
  tc -n "$(switch_space)" qdisc replace dev "port$1" root tbf rate "$2" burst 32kb latency 100ms
}

# cluster_rate RATE: the same for all hosts.
cluster_rate() {
  number=0
  while [ "$number" -lt "$cluster_hosts" ]; do
    cluster_link $number "$1"
    number=$((number + 1))
  done
}

# cluster_cut HOST: pulls the plug of one host.
cluster_cut() { ip -n "$(switch_space)" link set "port$1" down; }

# Open MPI over these links. Its rendezvous waits behind the data of the other direction on a slow link: messages up to
# 2 MiB go without one, and larger ones are sent in pieces rather than put (flags 1), between which answers get through.
cluster_mpi_flags="--mca plm_rsh_agent $cluster_folder/agent.sh --mca mpi_yield_when_idle 1 --map-by slot
  --mca oob_tcp_if_include eth0 --mca btl_tcp_if_include eth0 --mca btl_tcp_flags 1
  --mca btl_tcp_eager_limit 2097152 --mca btl_tcp_rndv_eager_limit 2097152"

# cluster_run HOSTS RANKS_PER_HOST WORDS...: mpirun on h0 over the first HOSTS hosts.
cluster_run() {
  list=h0:$2
  n=1
  while [ "$n" -lt "$1" ]; do
    list=$list,h$n:$2
    n=$((n + 1))
  done
  run_ranks=$(($1 * $2))
  shift 2
  SCALESIM_CLUSTER=$cluster_id "$cluster_folder/agent.sh" h0 mpirun $mpirun_flags $cluster_mpi_flags \
    ${cluster_more_flags:-} --host "$list" -np "$run_ranks" -x SCALESIM_CLUSTER "$@"
}

# Ends what still runs inside the namespaces, then removes them; the links go with them.
cluster_down() {
  for space in $(ip netns list 2> /dev/null | awk -v id="$cluster_id-" 'index($1, id) == 1 { print $1 }'); do
    for pid in $(ip netns pids "$space" 2> /dev/null); do kill -KILL "$pid" 2> /dev/null; done
    ip netns del "$space"
    rm -rf "/etc/netns/$space"
  done
  rmdir /etc/netns 2> /dev/null
  return 0
}
