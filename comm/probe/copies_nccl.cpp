// GPU copies by the CUDA runtime, timed by events on the copying stream.
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <functional>

#include "comm/probe/copies.h"
#include "core/error.h"
#include "core/statistics.h"

namespace scalesim::comm {
namespace {

constexpr int kWarmUps = 3;
constexpr int kRepetitions = 15;

void check(cudaError_t code, const char* doing) {
  if (code != cudaSuccess)
    throw InputError(fmt::format("cannot {}: CUDA says {}", doing, cudaGetErrorString(code)));
}

/// Memory on a GPU (device >= 0) or pinned on the host.
class Buffer {
 public:
  Buffer(int device, std::size_t bytes) : device_(device) {
    if (device_ < 0) {
      check(cudaMallocHost(&data_, bytes), "pin host memory");
    } else {
      check(cudaSetDevice(device_), "choose a GPU");
      check(cudaMalloc(&data_, bytes), "allocate GPU memory");
    }
  }
  ~Buffer() {
    if (device_ < 0)
      cudaFreeHost(data_);
    else
      cudaFree(data_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  void* data() const { return data_; }

 private:
  int device_;
  void* data_ = nullptr;
};

/// Stream and events of one device, ended with it.
class Timer {
 public:
  explicit Timer(int device) {
    check(cudaSetDevice(device), "choose a GPU");
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "make a CUDA stream");
    check(cudaEventCreate(&begin_), "make a CUDA event");
    check(cudaEventCreate(&end_), "make a CUDA event");
  }
  ~Timer() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
    cudaStreamDestroy(stream_);
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  double median_seconds(const std::function<cudaError_t(cudaStream_t)>& copy) const {
    std::vector<double> times;
    for (int i = 0; i < kWarmUps + kRepetitions; ++i) {
      check(cudaEventRecord(begin_, stream_), "start the clock");
      check(copy(stream_), "copy");
      check(cudaEventRecord(end_, stream_), "stop the clock");
      check(cudaEventSynchronize(end_), "wait for a copy");
      float milliseconds = 0;
      check(cudaEventElapsedTime(&milliseconds, begin_, end_), "read the clock");
      if (i >= kWarmUps) times.push_back(static_cast<double>(milliseconds) * 1e-3);
    }
    return median(times);
  }

 private:
  cudaStream_t stream_ = nullptr;
  cudaEvent_t begin_ = nullptr;
  cudaEvent_t end_ = nullptr;
};

std::string gpu_name(int device) { return fmt::format("gpu{}", device); }

void add_host_copies(CopySurvey& survey, int device) {
  const auto bytes = static_cast<std::size_t>(survey.bytes.value());
  const Buffer host(-1, bytes), gpu(device, bytes);
  const Timer timer(device);
  const auto speed = [&](void* to, const void* from, cudaMemcpyKind kind) {
    return survey.bytes / Seconds(timer.median_seconds([&](cudaStream_t stream) {
             return cudaMemcpyAsync(to, from, bytes, kind, stream);
           }));
  };
  survey.copies.push_back(
      {"host", gpu_name(device), true, speed(gpu.data(), host.data(), cudaMemcpyHostToDevice)});
  survey.copies.push_back(
      {gpu_name(device), "host", true, speed(host.data(), gpu.data(), cudaMemcpyDeviceToHost)});
}

void add_peer_copy(CopySurvey& survey, int from, int to) {
  const auto bytes = static_cast<std::size_t>(survey.bytes.value());
  const Buffer source(from, bytes), target(to, bytes);
  const Timer timer(from);
  int direct = 0;
  check(cudaDeviceCanAccessPeer(&direct, from, to), "ask for peer access");
  if (direct && cudaDeviceEnablePeerAccess(to, 0) != cudaSuccess)
    cudaGetLastError();  // already enabled: the sticky error is taken away
  const double seconds = timer.median_seconds([&](cudaStream_t stream) {
    return cudaMemcpyPeerAsync(target.data(), to, source.data(), from, bytes, stream);
  });
  survey.copies.push_back({gpu_name(from), gpu_name(to), direct != 0, survey.bytes / Seconds(seconds)});
}

CopySurvey copy_here(Bytes bytes) {
  CopySurvey survey{bytes, {}, ""};
  int count = 0;
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found != cudaSuccess || count == 0) {
    survey.reason =
        fmt::format("no GPU here ({})", found == cudaSuccess ? "none visible" : cudaGetErrorString(found));
    return survey;
  }
  for (int device = 0; device < count; ++device) add_host_copies(survey, device);
  for (int from = 0; from < count; ++from)
    for (int to = 0; to < count; ++to)
      if (from != to) add_peer_copy(survey, from, to);
  return survey;
}

}  // namespace

extern "C" {
extern const MeasureCopies scalesim_measure_copies;
const MeasureCopies scalesim_measure_copies = copy_here;
}

}  // namespace scalesim::comm
