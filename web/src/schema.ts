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
}

export interface Curve {
  system: string;
  description?: string;
  provenance: Provenance;
  points: Point[];
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
  measured_speedup: number;
  predicted_speedup: number;
  error: number;
}

export interface ValidationTable {
  name: string;
  source: string;
  kind: string;
  rows: ValidationRow[];
  mape: number;
  worst: number;
}

export interface Validation extends Common {
  tables: ValidationTable[];
  mape: number;
  worst: number;
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

export interface Topology extends Common {
  gpus: { index: number; name: string | null; numa: number | string | null; cpus: string | null }[];
  nics: { index: number; name: string | null }[];
  links: Link[];
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
}

export interface Model extends Common {
  name: string;
  parameters: number;
  macs: number;
  mac_bytes: number;
  activations: number;
  input?: unknown;
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
  advice?: (string | { code: string; text: string; at_stake_s?: number | null })[];
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
}

export interface Profile extends Common {
  backend: string;
  ranks: number;
  hosts: string[];
  transport: string;
  links: ProfileLink[];
  samples: ProfileSample[];
}

export interface Offer {
  system: string;
  gpu: string;
  nodes: number;
  gpus: number;
  strategy: string;
  capex: number | null;
  opex_per_year: number | null;
  currency: string;
  power_w: number | null;
  speedup: number;
  throughput: number;
  cost_per_speedup: number | null;
  time_to_target_s: number | null;
  pareto: boolean;
  fits: boolean;
}

export interface Plan extends Common {
  offers: Offer[];
  best: Offer | null;
}
