# Sourced: what Open MPI needs to be told on a small or shared machine. Sets `mpirun_flags`.
# Root is refused by default, more ranks than cores are refused by default, and waiting ranks spin by default.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Open MPI 5 renamed its settings; both spellings are harmless to the other version.
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none
# mpirun notices a host that is gone after minutes by default; after 10 s with these.
export OMPI_MCA_oob_tcp_keepalive_time=4 OMPI_MCA_oob_tcp_keepalive_intvl=2 OMPI_MCA_oob_tcp_keepalive_probes=3
mpirun_flags="--oversubscribe --bind-to none --quiet"
if [ "$(nproc)" -lt "${SCALESIM_RANKS:-8}" ]; then export OMPI_MCA_mpi_yield_when_idle=1; fi
# In a container without ptrace rights the single-copy mechanism fails loudly on every message; test it once.
if [ ! -r /proc/sys/kernel/yama/ptrace_scope ] || [ "$(cat /proc/sys/kernel/yama/ptrace_scope)" != 0 ]; then
  export OMPI_MCA_btl_vader_single_copy_mechanism=none
fi
