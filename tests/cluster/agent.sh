#!/bin/sh
# agent.sh [-x ...] HOST COMMAND...: what ssh is to a real cluster. Runs the command inside the host's network
# namespace under the host's own name; used as Open MPI's plm_rsh_agent.
while [ "${1#-}" != "$1" ]; do shift; done
host=$1
shift
export SCALESIM_AGENT_HOST=$host SCALESIM_AGENT_COMMAND="$*"
exec ip netns exec "$SCALESIM_CLUSTER-$host" unshare -u sh -c 'hostname "$SCALESIM_AGENT_HOST" && eval "$SCALESIM_AGENT_COMMAND"'
