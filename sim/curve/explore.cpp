// Predicts at every point of the grid, with links made faster or slower by a factor.
#include "sim/curve/explore.h"

#include "core/error.h"
#include "sim/curve/predict.h"

namespace scalesim::sim {
namespace {

constexpr double kFactors[] = {0.25, 0.5, 1, 2, 4};

/// Links `factor` times as fast: a message takes as long as one `factor` times smaller takes today, which is
/// exact for time = latency + bytes / bandwidth and keeps the library's choice of algorithm consistent with
/// it.
class ScaledLinks : public comm::CollectiveModel {
 public:
  ScaledLinks(std::shared_ptr<const comm::CollectiveModel> model, double factor)
      : model_(std::move(model)), factor_(factor) {}
  std::string_view name() const override { return model_->name(); }
  comm::CollectiveTime time(comm::Collective collective, Bytes bytes,
                            const comm::Group& group) const override {
    return model_->time(collective, bytes / factor_, group);
  }
  std::vector<Input> inputs() const override { return model_->inputs(); }

 private:
  std::shared_ptr<const comm::CollectiveModel> model_;
  double factor_;
};

std::vector<System> scaled(std::vector<System> systems, double factor) {
  for (System& system : systems)
    system.collectives = std::make_shared<ScaledLinks>(system.collectives, factor);
  return systems;
}

std::vector<std::int64_t> batches_around(const Scenario& scenario) {
  const std::int64_t own = scenario.compute.batch;
  if (scenario.global_batch || scenario.step_time) return {own};
  std::vector<std::int64_t> batches;
  for (const std::int64_t quarter : {1, 2, 4, 8, 16})
    if (own * quarter % 4 == 0) batches.push_back(own * quarter / 4);
  return batches;
}

void add(Grid& grid, const Prediction& prediction) {
  for (std::size_t i = 0; i < prediction.curves.size(); ++i)
    for (const Point& point : prediction.curves[i].points) {
      grid.surfaces[i].speedup.push_back(point.fits ? std::optional(point.speedup) : std::nullopt);
      grid.surfaces[i].throughput.push_back(point.fits ? std::optional(point.throughput) : std::nullopt);
    }
}

Grid empty_grid(const Prediction& prediction) {
  Grid grid;
  grid.bandwidth_factors.assign(std::begin(kFactors), std::end(kFactors));
  for (const Curve& curve : prediction.curves) {
    GridSurface surface;
    surface.system = curve.system;
    for (const Point& point : curve.points) surface.gpus.push_back(point.gpus);
    grid.surfaces.push_back(std::move(surface));
  }
  return grid;
}

/// All link speeds for one batch; empty when the batch cannot be divided.
std::vector<Prediction> row(Scenario scenario, std::int64_t batch, const std::vector<System>& systems,
                            const DataCatalogue& data, const std::function<void()>& point_done) {
  scenario.compute.batch = batch;
  std::vector<Prediction> predictions;
  try {
    for (const double factor : kFactors)
      predictions.push_back(predict(scenario, scaled(systems, factor), data, point_done));
  } catch (const InputError&) {
    predictions.clear();
  }
  return predictions;
}

}  // namespace

int explored_settings(const Scenario& scenario) {
  return 1 + static_cast<int>(batches_around(scenario).size() * std::size(kFactors));
}

Grid explore(const Scenario& scenario, const std::vector<System>& systems, const DataCatalogue& data,
             const std::function<void()>& point_done) {
  Grid grid = empty_grid(predict(scenario, systems, data, point_done));
  for (const std::int64_t batch : batches_around(scenario)) {
    const std::vector<Prediction> predictions = row(scenario, batch, systems, data, point_done);
    if (predictions.empty()) continue;
    grid.batches.push_back(batch);
    for (const Prediction& prediction : predictions) add(grid, prediction);
  }
  return grid;
}

}  // namespace scalesim::sim
