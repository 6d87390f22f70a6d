// CUDA resources that clean up after themselves, and the one way a kernel is timed here.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include <functional>
#include <memory>
#include <string>

#include "core/units.h"

namespace scalesim::workloads::gpu {

/// Throw InputError with the library's own words.
void check(cudaError_t status, const char* what);
void check(cudnnStatus_t status, const char* what);
void check(cublasStatus_t status, const char* what);

/// Uninitialised values cost as much as any; zeros let the board clock higher, so memory is filled with a
/// pattern.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes);
  void* get() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(void* pointer) const { cudaFree(pointer); }
  };
  std::unique_ptr<void, Free> memory_;
};

/// Copies of a tensor that take turns, so that no run finds its input in L2.
class RotatedBuffer {
 public:
  explicit RotatedBuffer(std::size_t bytes) : copies_{Buffer(bytes), Buffer(bytes), Buffer(bytes)} {}
  void* get(int turn) const { return copies_[turn % 3].get(); }

 private:
  Buffer copies_[3];
};

/// The device's libraries, open.
class Device {
 public:
  Device();
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  cudnnHandle_t cudnn() const { return cudnn_; }
  cublasLtHandle_t cublas() const { return cublas_; }
  const std::string& name() const { return name_; }
  /// Median of warm runs; `run` is given the number of the turn.
  Seconds time(const std::function<void(int turn)>& run) const;

 private:
  cudnnHandle_t cudnn_ = nullptr;
  cublasLtHandle_t cublas_ = nullptr;
  cudaEvent_t begin_ = nullptr, end_ = nullptr;
  std::string name_;
};

/// A descriptor of cuDNN: created, set by the caller, destroyed.
template <class T, cudnnStatus_t (*Create)(T*), cudnnStatus_t (*Destroy)(T)>
class Descriptor {
 public:
  Descriptor() { check(Create(&value_), "creating a cuDNN descriptor"); }
  ~Descriptor() { Destroy(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator T() const { return value_; }

 private:
  T value_{};
};
using TensorDescriptor =
    Descriptor<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor>;

}  // namespace scalesim::workloads::gpu
