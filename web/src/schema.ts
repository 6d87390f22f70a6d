// The JSON documents of scalesim as types (DESIGN, section 3; report/schemas/). SI base units; null is "not known".

export type Provenance = "measured" | "calibrated" | "datasheet" | "price list" | "assumed";

export interface Money {
  amount: number;
  currency: string;
}

export interface Input {
  name: string;
  value: number;
  unit: string;
  /** How scalesim itself writes the value. */
  text?: string;
  provenance: Provenance;
  source: string;
}

export interface Point {
  gpus: number;
  nodes: number;
  step_s: number;
  compute_s: number;
  communication_s: number;
  exposed_communication_s: number;
  bubble_s: number;
  input_s: number;
  straggler_s: number;
  optimizer_s: number;
  throughput: number;
  throughput_unit: string;
  speedup: number;
  speedup_low: number;
  speedup_high: number;
  efficiency: number;
  marginal_efficiency: number;
  memory_bytes: number;
  fits: boolean;
  mfu: number;
  gpu_utilization: number;
  bottleneck: string;
  cost: Money | null;
  cost_per_speedup: Money | null;
  /** Of a run of weeks: the share of the time in steps that are kept, and what stops the others. */
  goodput?: number;
  sustained_throughput?: number;
  mean_failure_s?: number | null;
  checkpoint_s?: number | null;
  checkpoint_interval_s?: number | null;
  evaluation_s?: number | null;
  /** The GPU that the others wait for, where GPUs differ. */
  pace?: string | null;
}

/** One thing done better, and the share of throughput that brings. */
export interface Change {
  what: string;
  gain: number;
}

/** What the largest point of a curve depends on. */
export interface Explanation {
  gpus: number;
  /** Each thing 10 % better. */
  sensitivity: Change[];
  /** What a user can turn on or off. */
  switches: Change[];
  first: string | null;
  layer: string | null;
  layer_share: number;
}

export interface Curve {
  system: string;
  description?: string;
  provenance: Provenance;
  points: Point[];
  explanation?: Explanation | null;
}

/** What every document may carry. */
export interface Common {
  schema: string;
  inputs?: Input[];
  warnings?: string[];
}

/** One system on the grid: values in the order batch, factor, GPU count; null where memory is short. */
export interface GridSurface {
  system: string;
  gpus: number[];
  gpu_price: Money | null;
  speedup: (number | null)[];
  throughput: (number | null)[];
}

/** Predictions at other batch sizes and link speeds. */
export interface Grid {
  batches: number[];
  bandwidth_factors: number[];
  systems: GridSurface[];
}

export interface Prediction extends Common {
  model: { name: string; parameters: number; macs: number; flops_step: number };
  gpu: string;
  batch_per_gpu: number;
  precision: string;
  strategy: string;
  curves: Curve[];
  explore?: Grid;
}

export interface ValidationRow {
  gpus: number;
  /** Null where the table holds another quantity: then `measured` and `predicted` in `unit`. */
  measured_speedup: number | null;
  predicted_speedup: number | null;
  error: number;
  measured?: number;
  predicted?: number;
  unit?: string;
  /** The row that the others of its curve are measured against; its error is none. */
  baseline?: boolean;
  bytes?: number | null;
  curve?: string;
  label?: string;
  batch_per_gpu?: number | null;
  trust?: string | null;
  precision?: string | null;
  framework?: string | null;
  measured_on?: string | null;
  source?: string;
}

export interface ValidationTable {
  name: string;
  source: string;
  kind: string;
  description?: string;
  quantity?: string;
  /** Whether constants of scalesim were fitted to it. */
  fitted?: boolean;
  not_counted?: string | null;
  points?: number;
  rows: ValidationRow[];
  mape: number | null;
  median?: number | null;
  worst: number | null;
}

export interface ValidationGroup {
  kind: string;
  fitted: boolean;
  points: number;
  mape: number | null;
  median: number | null;
  bias: number | null;
  worst: number | null;
}

/** A rule of thumb, such as "the second GPU adds 80 %", and for which work it holds. */
export interface ValidationRule {
  name: string;
  description: string;
  source: string;
  sentences: string[];
  workloads: { model: string; gpu: string; batch_per_gpu: number; strategy: string; fits: boolean; marginal: number[]; distance: number }[];
  unit?: string;
  /** What the rule says of a step on so many units. */
  implied?: { units: number; step: number; exposed_share: number; bus_bandwidth: number | null }[];
  /** The batch at which a model obeys it. */
  batches?: { model: string; gpu: string; batch_per_gpu: number | null }[];
  /** Machines reduced to a shape, fitted to it. */
  shapes?: { name: string; marginal: number[]; worst: number; possible: boolean }[];
}

/** What was fitted to the user's own measurements, and what follows. */
export interface ValidationFit {
  curve: string;
  rows: number;
  residual: number | null;
  noise?: number | null;
  reading: string | string[];
  notes: string | string[];
  parameters: { name: string; value: number | null; low: number | null; high: number | null; identifiable: boolean; remark: string | null }[];
  held_out: FittedRow[];
  next: FittedRow[];
}

export interface FittedRow {
  gpus: number;
  measured_speedup: number | null;
  predicted_speedup: number;
  simulated_speedup?: number | null;
  low: number;
  high: number;
  error: number | null;
}

export interface Validation extends Common {
  tables: ValidationTable[];
  mape: number | null;
  median?: number | null;
  worst: number | null;
  /** The bound that was asked for. */
  max_mape?: number | null;
  groups?: ValidationGroup[];
  rules?: ValidationRule[];
  fits?: ValidationFit[];
}

export interface Link {
  a: string;
  b: string;
  class: string;
  count: number | null;
  bandwidth: number | null;
}

export interface Finding {
  severity: string;
  code: string;
  text: string;
  advice?: string | null;
  cost?: string | null;
}

/** Equal nodes joined by a fabric; the rest of the document is one of them. */
export interface ClusterFacts {
  nodes: number;
  gpus: number;
  gpus_per_node: number;
  nics_per_node: number;
  nic_rate: number | null;
  fabric: { kind: string; technology: string | null; oversubscription: number; hop_latency: number; rdma: boolean };
  switches?: { leaves: number; aggregations: number; spines: number };
}

export interface GpuFacts {
  index: number;
  name: string | null;
  numa: number | string | null;
  cpus: string | null;
  part?: string | null;
  bus_id?: string | null;
  memory?: number | null;
  pcie_generation?: number | null;
  pcie_width?: number | null;
  nvlinks?: { links: number | null; active: number; per_link: number | null; bandwidth: number | null } | null;
  mig?: boolean | null;
  ecc?: boolean | null;
  performance_state?: string | null;
  power_limit?: number | null;
}

export interface NicFacts {
  index: number;
  name: string | null;
  numa?: number | string | null;
  bus_id?: string | null;
  rate?: number | null;
  up?: boolean | null;
  layer?: string | null;
}

/** One direction of a wire between two components, by their places in the list of components. */
export interface Wire {
  from: number;
  to: number;
  kind: string;
  count: number;
  bandwidth: number | null;
  provenance: string;
  source: string | null;
}

export interface Topology extends Common {
  name?: string | null;
  source?: string | null;
  cluster?: ClusterFacts;
  gpus: GpuFacts[];
  nics: NicFacts[];
  links: Link[];
  /** How many pairs of a large machine are not listed. */
  links_left_out?: number;
  peers?: { from: number; to: number; status: string; capability: string | null }[];
  components?: { kind: string; index: number; name: string | null; bus_id?: string | null; numa?: number | string | null }[];
  wiring?: Wire[];
  findings: Finding[];
}

export interface Layer {
  name: string;
  op: string;
  parameters: number;
  macs: number;
  mac_bytes: number;
  forward_s?: number | null;
  backward_s?: number | null;
  bound?: string | null;
  kind?: string;
  /** Channels, height, width. */
  output?: number[];
  /** For the backward pass, of one sample. */
  kept_bytes?: number;
}

export interface Model extends Common {
  name: string;
  parameters: number;
  macs: number;
  mac_bytes: number;
  activations: number;
  input?: number[];
  tokens_per_sample?: number;
  source?: string;
  /** On one GPU, with everything that training keeps. */
  memory_bytes?: Record<string, number>;
  gpu?: string;
  latency_s?: number | null;
  throughput?: number | null;
  gpu_utilization?: number | null;
  roofline?: { flops_per_s: number; bytes_per_s: number } | null;
  batch?: number;
  precision?: string;
  mode?: string;
  throughput_unit?: string;
  layers: Layer[];
  advice?: (string | { code: string; text: string; layers?: string[]; at_stake_s?: number | null })[];
}

export interface ModelComparison extends Common {
  gpu?: string;
  mode?: string;
  batch?: number;
  precision?: string;
  models: Model[];
}

export interface ProfileLink {
  scope: string;
  alpha_s: number;
  beta_s_per_byte: number;
  collective?: string;
  ranks?: number;
  nodes?: number;
  from?: number;
  to?: number | null;
  residual?: number | null;
}

export interface ProfileSample {
  collective: string;
  ranks: number;
  nodes?: number;
  bytes: number;
  median_s: number;
  p95_s?: number | null;
  algbw?: number | null;
  busbw?: number | null;
  /** The 95 % interval of the median. */
  low_s?: number | null;
  high_s?: number | null;
  min_s?: number | null;
  repetitions?: number;
  outliers?: number;
  wrong?: number;
}

export interface ProfilePair {
  a: number;
  b: number;
  host_a: string;
  host_b: string;
  bytes: number;
  latency_s: number;
  forward: number;
  backward: number;
}

export interface Profile extends Common {
  gpus?: string[];
  environment?: Record<string, string>;
  pairs?: ProfilePair[];
  /** The same all-reduce by one group alone and by all at once. */
  concurrent?: { groups: string; count: number; ranks: number; bytes: number; alone_s: number; together_s: number }[];
  backend: string;
  ranks: number;
  hosts: string[];
  transport: string;
  links: ProfileLink[];
  samples: ProfileSample[];
}

export interface Offer {
  title?: string;
  system: string;
  gpu: string;
  nodes: number;
  gpus: number;
  strategy: string;
  gpus_per_node?: number;
  nic?: string | null;
  fabric?: string | null;
  microbatch?: number;
  global_batch?: number;
  memory_bytes?: number;
  cost_per_million?: number | null;
  co2_kg_of_run?: number | null;
  capex: number | null;
  opex_per_year: number | null;
  /** Over the years that the cluster is used, bought or rented. */
  cost?: number | null;
  currency: string;
  power_w: number | null;
  speedup: number;
  speedup_low?: number;
  speedup_high?: number;
  throughput: number;
  cost_per_speedup: number | null;
  time_to_target_s: number | null;
  cost_of_run?: number | null;
  /** Share of draws of prices and speeds in which the best offer costs less per speed-up. */
  beaten_by_best?: number | null;
  pareto: boolean;
  fits: boolean;
  ownership?: Record<string, number | null>;
}

export interface BillLine {
  role: string;
  part: string;
  count: number;
  unit_price: number;
  total: number;
  kind: string;
  source: string;
  date: string | null;
}

export interface Plan extends Common {
  model?: string;
  throughput_unit?: string;
  years?: number;
  rent?: boolean;
  reference?: { name: string; throughput: number };
  offers: Offer[];
  best: Offer | null;
  knee?: Offer | null;
  next?: Offer | null;
  fastest?: Offer | null;
  bill?: BillLine[];
  /** Inputs that would make another offer the best. */
  tipping?: { input: string; unit: string; now: number; then: number; overtaken_by: string }[];
  rejected?: { title: string; reason: string }[];
}
