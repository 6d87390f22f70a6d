// GPU memory moved by NCCL: one GPU per rank, the communicator's id carried by MPI, groups by ncclCommSplit.
// Only the CUDA runtime and NCCL, no kernels, so that a plain C++ compiler builds it.
#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <nccl.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "comm/probe/backends.h"
#include "comm/probe/pattern.h"
#include "core/error.h"
#include "job/watchdog.h"

namespace scalesim::comm {
namespace {

/// Connecting all pairs of a large job takes NCCL a while.
constexpr int kPatienceSeconds = 25;

void check(cudaError_t code, const char* doing) {
  if (code != cudaSuccess)
    throw InputError(fmt::format("cannot {}: CUDA says {}", doing, cudaGetErrorString(code)));
}

void check(ncclResult_t code, const char* doing) {
  if (code != ncclSuccess)
    throw InputError(fmt::format("cannot {}: NCCL says {}", doing, ncclGetErrorString(code)));
}

/// Floats in GPU memory; grows, never shrinks.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  ~DeviceBuffer() { cudaFree(data_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;
  float* data() const { return data_; }
  void reserve(std::size_t elements) {
    if (elements <= capacity_) return;
    check(cudaFree(data_), "free GPU memory");
    data_ = nullptr;
    check(cudaMalloc(reinterpret_cast<void**>(&data_), elements * sizeof(float)), "allocate GPU memory");
    capacity_ = elements;
  }

 private:
  float* data_ = nullptr;
  std::size_t capacity_ = 0;
};

class NcclChannel : public Channel {
 public:
  explicit NcclChannel(ncclComm_t communicator) : communicator_(communicator), watchdog_(kPatienceSeconds) {
    check(ncclCommCount(communicator_, &size_), "ask NCCL for the ranks");
    check(ncclCommUserRank(communicator_, &rank_), "ask NCCL for the rank");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "make a CUDA stream");
    check(cudaEventCreate(&begin_), "make a CUDA event");
    check(cudaEventCreate(&end_), "make a CUDA event");
    exchange_.reserve(kExchanged);
  }
  ~NcclChannel() override {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
    cudaStreamDestroy(stream_);
    ncclCommDestroy(communicator_);
  }

  int size() const override { return size_; }

  Bytes prepare(Collective collective, Bytes bytes) override {
    watchdog_.rearm();
    collective_ = collective;
    shape_ = shape_of(collective, bytes, size_);
    std::vector<float> host(shape_.send);
    fill_sent(rank_, host);
    send_.reserve(shape_.send);
    receive_.reserve(shape_.receive);
    check(cudaMemcpy(send_.data(), host.data(), host.size() * sizeof(float), cudaMemcpyHostToDevice),
          "fill a buffer");
    check(cudaMemset(receive_.data(), 0, shape_.receive * sizeof(float)), "clear a buffer");
    return shape_.bytes;
  }

  Seconds run() override {
    watchdog_.rearm();
    barrier();
    check(cudaEventRecord(begin_, stream_), "start the clock");
    check(call(), "run a collective");
    check(cudaEventRecord(end_, stream_), "stop the clock");
    check(cudaEventSynchronize(end_), "wait for a collective");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin_, end_), "read the clock");
    return Seconds(static_cast<double>(milliseconds) * 1e-3);
  }

  void move(Collective collective, Bytes bytes) override {
    collective_ = collective;
    shape_ = shape_of(collective, bytes, size_);
    watchdog_.rearm(static_cast<int>(bytes.value() / 1e6));  // a bucket over a slow network
    check(call(), "run a collective");
    check(cudaStreamSynchronize(stream_), "wait for a collective");
    watchdog_.rest();
  }

  long wrong() override {
    std::vector<float> host(shape_.receive);
    check(cudaMemcpy(host.data(), receive_.data(), host.size() * sizeof(float), cudaMemcpyDeviceToHost),
          "read a result");
    std::vector<double> wrong = {static_cast<double>(count_wrong(collective_, rank_, size_, host))};
    return static_cast<long>(combine(std::move(wrong), ncclSum)[0]);
  }

  std::vector<double> maximum(std::vector<double> values) override {
    return combine(std::move(values), ncclMax);
  }

  Seconds estimate() override {
    ncclSimInfo_t information = NCCL_SIM_INFO_INITIALIZER;
    check(ncclGroupStart(), "ask NCCL for its estimate");
    check(call(), "ask NCCL for its estimate");
    // Send and receive have no cost model: NCCL then leaves the field undefined.
    if (ncclGroupSimulateEnd(&information) != ncclSuccess || !(information.estimatedTime > 0))
      return Seconds(0);
    return Seconds(static_cast<double>(information.estimatedTime) * 1e-6);
  }

 private:
  static constexpr std::size_t kExchanged = 64;  ///< floats, holds kExchanged / 2 doubles

  void barrier() { combine({0}, ncclSum); }

  /// All-reduce of a few doubles through the GPU.
  std::vector<double> combine(std::vector<double> values, ncclRedOp_t operation) {
    const std::size_t bytes = values.size() * sizeof(double);
    SCALESIM_CHECK(bytes <= kExchanged * sizeof(float));
    float* const data = exchange_.data();
    check(cudaMemcpyAsync(data, values.data(), bytes, cudaMemcpyHostToDevice, stream_), "send a few numbers");
    check(ncclAllReduce(data, data, values.size(), ncclDouble, operation, communicator_, stream_),
          "compare numbers");
    check(cudaMemcpyAsync(values.data(), data, bytes, cudaMemcpyDeviceToHost, stream_),
          "fetch a few numbers");
    check(cudaStreamSynchronize(stream_), "compare numbers");
    return values;
  }

  ncclResult_t call() {
    const std::size_t share = std::min(shape_.send, shape_.receive);
    float* const in = send_.data();
    float* const out = receive_.data();
    switch (collective_) {
      case Collective::all_reduce:
        return ncclAllReduce(in, out, share, ncclFloat, ncclSum, communicator_, stream_);
      case Collective::reduce:
        return ncclReduce(in, out, share, ncclFloat, ncclSum, 0, communicator_, stream_);
      case Collective::broadcast:
        return ncclBroadcast(in, out, share, ncclFloat, 0, communicator_, stream_);
      case Collective::all_gather:
        return ncclAllGather(in, out, share, ncclFloat, communicator_, stream_);
      case Collective::reduce_scatter:
        return ncclReduceScatter(in, out, share, ncclFloat, ncclSum, communicator_, stream_);
      case Collective::all_to_all:
        return exchange_blocks();
      case Collective::send_receive:
        return pass_on();
    }
    return ncclInvalidArgument;
  }

  ncclResult_t exchange_blocks() {
    const std::size_t block = shape_.send / static_cast<std::size_t>(size_);
    ncclResult_t result = ncclGroupStart();
    for (int peer = 0; peer < size_ && result == ncclSuccess; ++peer) {
      const std::size_t start = static_cast<std::size_t>(peer) * block;
      result = ncclSend(send_.data() + start, block, ncclFloat, peer, communicator_, stream_);
      if (result != ncclSuccess) break;
      result = ncclRecv(receive_.data() + start, block, ncclFloat, peer, communicator_, stream_);
    }
    const ncclResult_t ended = ncclGroupEnd();
    return result == ncclSuccess ? ended : result;
  }

  ncclResult_t pass_on() {
    ncclResult_t result = ncclGroupStart();
    if (result == ncclSuccess)
      result = ncclSend(send_.data(), shape_.send, ncclFloat, (rank_ + 1) % size_, communicator_, stream_);
    if (result == ncclSuccess)
      result = ncclRecv(receive_.data(), shape_.send, ncclFloat, (rank_ + size_ - 1) % size_, communicator_,
                        stream_);
    const ncclResult_t ended = ncclGroupEnd();
    return result == ncclSuccess ? ended : result;
  }

  ncclComm_t communicator_;
  int rank_ = 0;
  int size_ = 1;
  job::Watchdog watchdog_;
  cudaStream_t stream_ = nullptr;
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
  Collective collective_ = Collective::all_reduce;
  Shape shape_;
  DeviceBuffer send_;
  DeviceBuffer receive_;
  DeviceBuffer exchange_;
};

class NcclBackend : public Backend {
 public:
  explicit NcclBackend(ncclComm_t world) : world_(world) {}
  ~NcclBackend() override { ncclCommDestroy(world_); }

  std::string_view name() const override { return "nccl"; }
  std::string transport(const std::vector<RankPlace>& places) const override {
    std::set<std::string> hosts;
    for (const RankPlace& place : places) hosts.insert(place.host);
    return hosts.size() > 1 ? "GPU memory, NCCL within and between hosts"
                            : "GPU memory, NCCL within one host";
  }
  std::map<std::string, std::string> environment() const override {
    std::map<std::string, std::string> result = environment_variables({"NCCL_", "CUDA_VISIBLE_DEVICES"});
    int nccl = 0, driver = 0, runtime = 0;
    ncclGetVersion(&nccl);
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    result["nccl"] = fmt::format("{}.{}.{}", nccl / 10000, nccl / 100 % 100, nccl % 100);
    result["cuda_driver"] = fmt::format("{}.{}", driver / 1000, driver / 10 % 100);
    result["cuda_runtime"] = fmt::format("{}.{}", runtime / 1000, runtime / 10 % 100);
    return result;
  }

  std::unique_ptr<Channel> split(int colour, int key) override {
    const job::Watchdog watchdog(kPatienceSeconds);
    ncclComm_t part = nullptr;
    check(ncclCommSplit(world_, colour < 0 ? NCCL_SPLIT_NOCOLOR : colour, key, &part, nullptr),
          "make a group of GPUs");
    if (!part) return nullptr;
    return std::make_unique<NcclChannel>(part);
  }

 private:
  ncclComm_t world_;
};

/// The GPU of this rank: the n-th rank of a host takes the n-th GPU. `reason` when there is none for it.
struct OwnGpu {
  int index = -1;
  std::string name;
  std::string reason;
};

OwnGpu find_gpu(job::World& world) {
  const std::vector<RankPlace> places = gather_places(world, "");
  int local = 0;
  for (const RankPlace& place : places) {
    if (place.rank == world.rank()) break;
    local += place.host == places[static_cast<std::size_t>(world.rank())].host;
  }
  int count = 0;
  const cudaError_t found = cudaGetDeviceCount(&count);
  const std::string& host = places[static_cast<std::size_t>(world.rank())].host;
  if (found != cudaSuccess)
    return {-1, "", fmt::format("no GPU on {} ({})", host, cudaGetErrorString(found))};
  if (local >= count) return {-1, "", fmt::format("{} has {} GPUs, too few for its ranks", host, count)};
  cudaDeviceProp properties;
  if (cudaSetDevice(local) != cudaSuccess || cudaGetDeviceProperties(&properties, local) != cudaSuccess)
    return {-1, "", fmt::format("GPU {} of {} does not answer", local, host)};
  return {local, properties.name, ""};
}

ChosenBackend make_nccl_backend(job::World& world) {
  if (!world.distributed()) return {nullptr, "", "NCCL is started by MPI: use mpirun"};
  const OwnGpu own = find_gpu(world);
  for (const std::string& reason : world.gather(own.reason))
    if (!reason.empty()) return {nullptr, own.name, reason};
  ncclUniqueId id = {};
  if (world.rank() == 0) check(ncclGetUniqueId(&id), "start NCCL");
  const std::string bytes = world.broadcast(std::string(id.internal, sizeof id.internal));
  std::memcpy(id.internal, bytes.data(), sizeof id.internal);
  const job::Watchdog watchdog(kPatienceSeconds);
  ncclComm_t communicator = nullptr;
  check(ncclCommInitRank(&communicator, world.size(), id, world.rank()), "connect the GPUs");
  return {std::make_unique<NcclBackend>(communicator), own.name, ""};
}

}  // namespace

extern "C" {
extern const NcclBackendMaker scalesim_nccl_backend;
const NcclBackendMaker scalesim_nccl_backend = make_nccl_backend;
}

}  // namespace scalesim::comm
