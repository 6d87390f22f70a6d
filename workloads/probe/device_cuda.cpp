// CUDA resources and timing.
#include "workloads/probe/device.h"

#include <fmt/format.h>

#include <vector>

#include "core/error.h"
#include "core/statistics.h"

namespace scalesim::workloads::gpu {
namespace {

constexpr int kWarm = 3;
constexpr int kRuns = 15;

[[noreturn]] void fail(const char* what, const char* reason) {
  throw InputError(fmt::format("{} failed: {}", what, reason));
}

}  // namespace

void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) fail(what, cudaGetErrorString(status));
}

void check(cudnnStatus_t status, const char* what) {
  if (status != CUDNN_STATUS_SUCCESS) fail(what, cudnnGetErrorString(status));
}

void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) fail(what, cublasLtGetStatusString(status));
}

Buffer::Buffer(std::size_t bytes) {
  void* pointer = nullptr;
  check(cudaMalloc(&pointer, bytes == 0 ? 1 : bytes),
        "reserving memory on the GPU for a layer (use a smaller --batch)");
  memory_.reset(pointer);
  check(cudaMemset(pointer, 0x2a, bytes), "filling GPU memory");
}

Device::Device() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess || count == 0) {
    throw InputError("no CUDA device is here: run 'scalesim measure' on the machine with the GPU");
  }
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "asking for the GPU's name");
  name_ = properties.name;
  check(cudnnCreate(&cudnn_), "opening cuDNN");
  check(cublasLtCreate(&cublas_), "opening cuBLASLt");
  check(cudaEventCreate(&begin_), "creating an event");
  check(cudaEventCreate(&end_), "creating an event");
}

Device::~Device() {
  if (end_ != nullptr) cudaEventDestroy(end_);
  if (begin_ != nullptr) cudaEventDestroy(begin_);
  if (cublas_ != nullptr) cublasLtDestroy(cublas_);
  if (cudnn_ != nullptr) cudnnDestroy(cudnn_);
}

Seconds Device::time(const std::function<void(int turn)>& run) const {
  for (int turn = 0; turn < kWarm; ++turn) run(turn);
  check(cudaDeviceSynchronize(), "running a layer");
  std::vector<double> seconds;
  for (int turn = 0; turn < kRuns; ++turn) {
    check(cudaEventRecord(begin_), "recording an event");
    run(turn);
    check(cudaEventRecord(end_), "recording an event");
    check(cudaEventSynchronize(end_), "running a layer");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin_, end_), "reading an event");
    seconds.push_back(milliseconds * 1e-3);
  }
  return Seconds(median(seconds));
}

}  // namespace scalesim::workloads::gpu
