// Host memory moved by MPI: the back end that runs everywhere.
#include <mpi.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "comm/probe/backends.h"
#include "comm/probe/pattern.h"
#include "job/mpi_call.h"
#include "job/watchdog.h"

namespace scalesim::comm {
namespace {

using Clock = std::chrono::steady_clock;

/// A rank that has waited this long for others ends the job: with the time mpirun takes to end the rest,
/// below 30 s. A little longer on every further rank, so that one of them speaks for all.
int patience_seconds(int rank) { return 18 + 2 * std::min(rank, 3); }

/// Time that a large message may take on top of that: over links of 10 MB/s for the sizes of a probe, which
/// must end soon when a rank is gone, and of 1 MB/s for the buckets of a replay.
int probe_seconds(Bytes bytes) { return static_cast<int>(bytes.value() / 10e6); }
int replay_seconds(Bytes bytes) { return static_cast<int>(bytes.value() / 1e6); }

int count(std::size_t elements) { return static_cast<int>(elements); }

int rank_in(MPI_Comm communicator) {
  int rank = 0;
  MPI_Comm_rank(communicator, &rank);
  return rank;
}

class MpiChannel : public Channel {
 public:
  explicit MpiChannel(MPI_Comm communicator)
      : communicator_(communicator), rank_(rank_in(communicator)), watchdog_(patience_seconds(rank_)) {
    MPI_Comm_size(communicator_, &size_);
  }
  ~MpiChannel() override { MPI_Comm_free(&communicator_); }

  int size() const override { return size_; }

  Bytes prepare(Collective collective, Bytes bytes) override {
    watchdog_.rearm();
    collective_ = collective;
    shape_ = shape_of(collective, bytes, size_);
    if (send_.size() < shape_.send) {  // what is sent does not depend on the size
      send_.resize(shape_.send);
      fill_sent(rank_, send_);
    }
    receive_.resize(std::max(receive_.size(), shape_.receive));
    std::fill_n(receive_.begin(), shape_.receive, 0.0F);
    return shape_.bytes;
  }

  Seconds run() override {
    if (collective_ == Collective::broadcast && rank_ == 0)
      std::copy_n(send_.begin(), shape_.receive, receive_.begin());
    watchdog_.rearm(probe_seconds(shape_.bytes));
    job::check_mpi(MPI_Barrier(communicator_), "wait for the other ranks");
    const Clock::time_point start = Clock::now();
    job::check_mpi(call(), "run a collective");
    return Seconds(std::chrono::duration<double>(Clock::now() - start).count());
  }

  void move(Collective collective, Bytes bytes) override {
    collective_ = collective;
    shape_ = shape_of(collective, bytes, size_);
    watchdog_.rearm(replay_seconds(bytes));
    job::check_mpi(call(), "run a collective");
    watchdog_.rest();
  }

  long wrong() override {
    long wrong = count_wrong(collective_, rank_, size_, {receive_.data(), shape_.receive});
    job::check_mpi(MPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_LONG, MPI_SUM, communicator_),
                   "add up wrong results");
    return wrong;
  }

  std::vector<double> maximum(std::vector<double> values) override {
    watchdog_.rearm();
    job::check_mpi(
        MPI_Allreduce(MPI_IN_PLACE, values.data(), count(values.size()), MPI_DOUBLE, MPI_MAX, communicator_),
        "compare times");
    return values;
  }

 private:
  int call() {
    const int share = count(std::min(shape_.send, shape_.receive));
    float* const in = send_.data();
    float* const out = receive_.data();
    const int next = (rank_ + 1) % size_;
    const int previous = (rank_ + size_ - 1) % size_;
    switch (collective_) {
      case Collective::all_reduce:
        return MPI_Allreduce(in, out, share, MPI_FLOAT, MPI_SUM, communicator_);
      case Collective::reduce:
        return MPI_Reduce(in, out, share, MPI_FLOAT, MPI_SUM, 0, communicator_);
      case Collective::broadcast:
        return MPI_Bcast(out, share, MPI_FLOAT, 0, communicator_);
      case Collective::all_gather:
        return MPI_Allgather(in, share, MPI_FLOAT, out, share, MPI_FLOAT, communicator_);
      case Collective::reduce_scatter:
        return MPI_Reduce_scatter_block(in, out, share, MPI_FLOAT, MPI_SUM, communicator_);
      case Collective::all_to_all:
        return MPI_Alltoall(in, share / size_, MPI_FLOAT, out, share / size_, MPI_FLOAT, communicator_);
      case Collective::send_receive:
        return MPI_Sendrecv(in, share, MPI_FLOAT, next, 0, out, share, MPI_FLOAT, previous, 0, communicator_,
                            MPI_STATUS_IGNORE);
    }
    return MPI_ERR_ARG;
  }

  MPI_Comm communicator_;
  int rank_ = 0;
  job::Watchdog watchdog_;
  int size_ = 1;
  Collective collective_ = Collective::all_reduce;
  Shape shape_;
  std::vector<float> send_;
  std::vector<float> receive_;
};

class MpiBackend : public Backend {
 public:
  std::string_view name() const override { return "mpi"; }

  std::string transport(const std::vector<RankPlace>& places) const override {
    std::set<std::string> hosts;
    for (const RankPlace& place : places) hosts.insert(place.host);
    return hosts.size() > 1 ? "host memory, MPI over shared memory and the network"
                            : "host memory, MPI over shared memory";
  }

  std::map<std::string, std::string> environment() const override {
    std::map<std::string, std::string> result =
        environment_variables({"OMPI_MCA_btl", "OMPI_MCA_coll", "OMPI_MCA_pml", "OMPI_MCA_mpi_",
                               "OMPI_MCA_hwloc_base_binding", "UCX_"});
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(version, &length);
    std::string text(version, static_cast<std::size_t>(length));
    while (!text.empty() && std::iscntrl(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
    result["mpi"] = text;  // Open MPI counts its terminating zero
    return result;
  }

  std::unique_ptr<Channel> split(int colour, int key) override {
    const job::Watchdog watchdog(patience_seconds(rank_in(MPI_COMM_WORLD)));
    MPI_Comm communicator = MPI_COMM_NULL;
    job::check_mpi(MPI_Comm_split(MPI_COMM_WORLD, colour < 0 ? MPI_UNDEFINED : colour, key, &communicator),
                   "make a group of ranks");
    if (communicator == MPI_COMM_NULL) return nullptr;
    return std::make_unique<MpiChannel>(communicator);
  }
};

}  // namespace

std::unique_ptr<Backend> make_mpi_backend() { return std::make_unique<MpiBackend>(); }

}  // namespace scalesim::comm
