// What failures, checkpoints and evaluations leave of the time of a long job.
#pragma once

#include "core/units.h"

namespace scalesim::sim {

/// A job that computes for `interval`, writes a checkpoint, and after a failure restarts from the last one.
struct FailureModel {
  double failures_per_second = 0;  ///< of the whole job; failures come independently of each other
  Seconds checkpoint{};            ///< the job stands still while one is written
  Seconds restart{};               ///< from a failure until the job computes again
};

/// Share of the time that brings the job forward. Exact for exponential times between failures, also while
/// restarting and writing (Daly 2006, doi:10.1016/j.future.2004.11.016, equation 13): `interval` over
/// M exp(R/M) (exp((interval + checkpoint)/M) - 1) with M the mean time between failures. An interval of zero
/// writes no checkpoints: then any failure is the end, and the share is 0 unless there are none.
double goodput(const FailureModel& model, Seconds interval);

/// The interval with the best goodput: the root of (1 - t/M) exp((t + checkpoint)/M) = 1, which Young's
/// sqrt(2 M checkpoint) approximates. Zero when nothing fails.
Seconds best_interval(const FailureModel& model);

}  // namespace scalesim::sim
