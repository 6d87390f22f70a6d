// Small documents of every schema, made for these tests: round figures, and names that would break a careless page.

/** A name that must stay text wherever it is shown. */
export const NASTY = `box "<script>window.broken = 1</script>" & 'co', <img src=x onerror="window.broken = 1">`;

function point(gpus, per_gpu_s, wait_s, spread, memory = 9e9) {
  const step_s = per_gpu_s + wait_s + 0.004;
  const speedup = (gpus * (per_gpu_s + 0.004)) / step_s;
  return {
    gpus, nodes: Math.ceil(gpus / 8), step_s, compute_s: per_gpu_s, communication_s: wait_s * 2, exposed_communication_s: wait_s,
    bubble_s: 0, input_s: 0, straggler_s: 0, optimizer_s: 0.004, throughput: (gpus * 64) / step_s, throughput_unit: "samples/s",
    speedup, speedup_low: speedup * (1 - spread), speedup_high: Math.min(gpus, speedup * (1 + spread)), efficiency: speedup / gpus,
    marginal_efficiency: speedup / gpus - wait_s, memory_bytes: memory, fits: memory < 24e9, mfu: 0.4, gpu_utilization: per_gpu_s / step_s,
    bottleneck: wait_s > 0 ? "communication" : "compute",
    goodput: 1 - gpus / 1000, sustained_throughput: ((gpus * 64) / step_s) * (1 - gpus / 1000), mean_failure_s: 2.6e7 / gpus, checkpoint_s: 2.5,
    checkpoint_interval_s: 3600, evaluation_s: 0, pace: null,
    cost: { amount: gpus * 12000, currency: "CNY" }, cost_per_speedup: { amount: (gpus * 12000) / speedup, currency: "CNY" },
  };
}

export function prediction() {
  const gpus = [1, 2, 4, 8, 16, 32];
  const curve = (system, slope, provenance) => ({
    system, description: `${system} with 24 GB cards`, provenance,
    points: gpus.map((n) => point(n, 0.2, slope * Math.log2(n), 0.02 * Math.log2(n))),
    explanation: {
      gpus: 32, sensitivity: [{ what: "GPU memory bandwidth", gain: 0.05 }, { what: NASTY, gain: 0.02 }], switches: [{ what: "--compiled", gain: 0.25 }, { what: "--overlap off", gain: -0.1 }],
      first: slope > 0.04 ? null : "turn on --compiled", layer: "conv1", layer_share: 0.125 } });
  const heavy = curve("pcie", 0.03, "assumed");
  heavy.points[5].fits = false;
  heavy.points[5].memory_bytes = 25e9;
  return {
    schema: "scalesim.prediction/1", model: { name: "resnet50", parameters: 25557032, macs: 4089184256, flops_step: 1.57e12 }, gpu: "rtx4090",
    batch_per_gpu: 64, precision: "fp32", strategy: "ddp", curves: [curve("nvlink", 0.004, "measured"), heavy, curve(NASTY, 0.05, "datasheet")],
    inputs: [
      { name: "compute time of a step", value: 0.2, unit: "s", provenance: "calibrated", source: "pytorch-fp32-nchw" },
      { name: "bandwidth of the link", value: 25e9, unit: "bytes/s", provenance: "datasheet", source: NASTY },
      { name: "stragglers", value: 0.02, unit: "1", provenance: "assumed", source: "from memory" }],
    warnings: [`the profile knows 8 ranks only: ${NASTY}`],
  };
}

/** Speed-up gpus^0.9, throughput 100 * batch^0.5 * factor^0.25 * gpus^0.9: interpolation on logarithms is exact. */
export function explored() {
  const grid = { batches: [16, 64, 256], bandwidth_factors: [0.25, 1, 4] };
  const gpus = [1, 2, 4, 8, 16, 32];
  const on_grid = (value) => grid.batches.flatMap((b) => grid.bandwidth_factors.flatMap((f) => gpus.map((n) => value(b, f, n))));
  const surface = { system: "nvlink", gpus, gpu_price: { amount: 12000, currency: "CNY" }, speedup: on_grid((b, f, n) => n ** 0.9),
    throughput: on_grid((b, f, n) => 100 * b ** 0.5 * f ** 0.25 * n ** 0.9) };
  // Does not fit at the largest batch.
  const short = { ...surface, system: "pcie", speedup: on_grid((b, f, n) => (b > 64 ? null : n ** 0.5)), throughput: on_grid((b, f, n) => (b > 64 ? null : n ** 0.5)) };
  return { ...prediction(), explore: { ...grid, systems: [surface, short] } };
}

export function validation() {
  const table = (name, kind, tilt) => ({
    name, source: "written for this test", kind,
    rows: [1, 2, 4, 8].map((n) => ({ gpus: n, measured_speedup: n ** 0.95, predicted_speedup: n ** (0.95 + tilt), error: n ** tilt - 1 })),
    mape: (8 ** tilt - 1) / 2, worst: 8 ** tilt - 1 });
  return {
    schema: "scalesim.validation/1", tables: [table("resnet50-dgx1", "published", 0.01), table("vgg16-pcie", "published", -0.06), table(NASTY, "own", 0.1)],
    mape: 0.041, worst: 0.23, warnings: [] };
}

/** Several curves in a table, bandwidths beside speed-ups, a rule of thumb and a fit; `more` tables of the same kind. */
export function validation_of_all(more = 0) {
  const row = (label, gpus, measured, predicted, unit) => ({
    gpus, measured_speedup: unit === "speedup" ? measured : null, predicted_speedup: unit === "speedup" ? predicted : null, error: predicted / measured - 1,
    measured, predicted, unit, baseline: gpus === 1, bytes: unit === "bytes/s" ? 2 ** 20 : null, label, curve: label, source: NASTY });
  const table = (name, kind, quantity, rows) => ({ name, kind, quantity, source: "written for this test", description: "", fitted: kind === "pcie node" ? ["step.toml"] : [], not_counted: null, points: rows.length, rows, mape: 0.1, median: 0.1, worst: 0.2 });
  const curves = [row("resnet50 rtx3090", 1, 1, 1, "speedup"), row("resnet50 rtx3090", 4, 3.5, 3.7, "speedup"), row(NASTY, 1, 1, 1, "speedup"), row(NASTY, 8, 7, 6, "speedup")];
  const numbers = (gpus, speedup) => ({ gpus, measured_speedup: gpus < 8 ? speedup * 1.02 : null, predicted_speedup: speedup, low: speedup * 0.9, high: speedup * 1.1, error: gpus < 8 ? -0.02 : null });
  return {
    schema: "scalesim.validation/1", mape: 0.1, median: 0.08, worst: 0.2, max_mape: 0.15, warnings: [],
    tables: [table("two-curves", "pcie node", "speedup", curves), table("nccl", "collective", "bus_bandwidth", [row("all_reduce", 8, 2e9, 2.2e9, "bytes/s"), row("all_reduce", 4, 3e9, 2.9e9, "bytes/s")]),
      ...Array.from({ length: more }, (_, i) => table(`more-${i}`, "several nodes", "speedup", [row(`curve ${i}`, 8, 7, 7.1, "speedup")]))],
    groups: [{ kind: "pcie node", fitted: true, points: 4, mape: 0.1, median: 0.08, bias: -0.02, worst: 0.2 }],
    rules: [{ name: "second GPU", description: "each further GPU adds 80 %", source: NASTY, sentences: ["the rule makes 4 GPUs worth 3.4"],
      unit: "GPU", implied: [{ units: 1, step: 1, exposed_share: 0, bus_bandwidth: null }, { units: 2, step: 1.25, exposed_share: 0.2, bus_bandwidth: 3e9 }],
      batches: [{ model: "resnet50", gpu: "rtx3090", batch_per_gpu: 48 }, { model: NASTY, gpu: "rtx3090", batch_per_gpu: null }],
      shapes: [{ name: "one shared link", marginal: [1, 0.8], worst: 0.01, possible: true }],
      workloads: [{ model: "resnet50", gpu: "rtx3090", batch_per_gpu: 64, strategy: "ddp", fits: true, marginal: [1, 0.83, 0.8], distance: 0.03 }] }],
    fits: [{ curve: "ours.csv", rows: 4, residual: 0.01, noise: 0.01, reading: ["latency dominates"], notes: [],
      parameters: [{ name: "overlap", value: 0.7, low: 0.5, high: 0.9, identifiable: true, remark: null }], held_out: [numbers(4, 3.4)], next: [numbers(8, 6.1)] }] };
}

/** Two sockets of four GPUs: NVLink inside quads, SYS across; two NICs. */
export function topology() {
  const links = [];
  for (let a = 0; a < 8; ++a)
    for (let b = a + 1; b < 8; ++b) {
      const quad = Math.floor(a / 4) === Math.floor(b / 4);
      links.push(quad ? { a: `gpu${a}`, b: `gpu${b}`, class: "NV", count: 2, bandwidth: 50e9 }
        : { a: `gpu${a}`, b: `gpu${b}`, class: b - a === 4 ? "NV" : "SYS", count: b - a === 4 ? 1 : null, bandwidth: b - a === 4 ? 25e9 : null });
    }
  for (let g = 0; g < 8; ++g)
    for (let n = 0; n < 2; ++n) links.push({ a: `gpu${g}`, b: `nic${n}`, class: Math.floor(g / 4) === n ? (g % 4 < 2 ? "PIX" : "NODE") : "SYS", count: null, bandwidth: null });
  return {
    schema: "scalesim.topology/1",
    name: "two-quads", source: "written for this test",
    gpus: Array.from({ length: 8 }, (_, index) => ({ index, name: index === 3 ? NASTY : "Tesla V100-SXM2-16GB", numa: Math.floor(index / 4), cpus: index < 4 ? "0-19" : "20-39",
      memory: 16e9, nvlinks: { links: 6, active: index === 7 ? 0 : 6, per_link: 25e9, bandwidth: 150e9 }, pcie_generation: 3, pcie_width: 16, mig: false, ecc: null })),
    nics: [{ index: 0, name: "mlx5_0", rate: 12.5e9, up: true, numa: 0 }, { index: 1, name: "mlx5_1", rate: 12.5e9, up: false, numa: 1 }], links,
    peers: [{ from: 0, to: 1, status: "OK", capability: "read" }, { from: 0, to: 7, status: "CNS", capability: null }],
    components: [{ kind: "gpu", index: 0, name: null }, { kind: "numa_node", index: 0, name: null }],
    wiring: [{ from: 0, to: 1, kind: "pcie", count: 1, bandwidth: 12.3e9, provenance: "datasheet", source: NASTY }],
    cluster: { nodes: 4, gpus: 32, gpus_per_node: 8, nics_per_node: 2, nic_rate: 25e9, switches: { leaves: 2, aggregations: 0, spines: 1 },
      fabric: { kind: "rail_optimised", technology: "InfiniBand", oversubscription: 2, hop_latency: 1.5e-6, rdma: true } },
    findings: [{ severity: "warning", code: "crosses-sockets", text: "GPU0 and GPU5 talk through the socket link." }, { severity: "note", code: "note", text: NASTY, advice: "nothing to do" }],
    warnings: [] };
}

export function model(layers = 120) {
  return {
    schema: "scalesim.model/1", name: "resnet50", parameters: 25557032, macs: 4089184256, mac_bytes: 3.1e8, activations: 11.1e6, input: [3, 224, 224], gpu: "rtx4090",
    source: "counted for this test", mode: "training", tokens_per_sample: 128,
    memory_bytes: { total: 10e9, weights: 1e9, gradients: 1e9, optimizer: 2e9, activations: 6e9, buffers: 0 },
    latency_s: 0.0121, throughput: 5289, gpu_utilization: 0.82, roofline: { flops_per_s: 82.6e12, bytes_per_s: 1.008e12 },
    layers: Array.from({ length: layers }, (_, i) => {
      const op = ["conv2d", "batch_norm", "relu", "linear"][i % 4];
      const macs = op === "conv2d" ? 1e8 + i * 1e6 : op === "linear" ? 2e7 : 0;
      return { name: i === 0 ? NASTY : `layer${i}.${op}`, op, parameters: i * 100, macs, mac_bytes: 4e6 + i * 1000, forward_s: 1e-4 + i * 1e-6, backward_s: 2e-4 + i * 1e-6, bound: macs ? "compute" : "memory",
        output: [64, 56, 56], kept_bytes: 8e5 };
    }),
    advice: [{ code: "memory", text: `Half of the time is memory passes: ${NASTY}`, layers: Array.from({ length: 10 }, (_, i) => `layer${i}`), at_stake_s: 0.004 }] };
}

export function comparison() {
  const one = (name, macs, latency_s) => ({ name, parameters: macs / 100, macs, mac_bytes: macs / 20, activations: macs / 400, latency_s, throughput: 32 / latency_s, throughput_unit: "images/s", gpu_utilization: 0.9 });
  return { schema: "scalesim.comparison/1", gpu: "t4", mode: "training", batch: 32, precision: "fp16", models: [one("resnet50", 4.1e9, 0.08), one(NASTY, 15.5e9, 0.18)] };
}

export function profile() {
  const sizes = Array.from({ length: 18 }, (_, i) => 1024 * 2 ** i);
  const samples = (collective, ranks, alpha, beta) => sizes.map((bytes, i) => {
    const median_s = (alpha + beta * bytes) * (1 + 0.05 * Math.sin(i));
    return { collective, ranks, bytes, median_s, low_s: median_s * 0.95, high_s: median_s * 1.05, p95_s: median_s * 1.2, repetitions: 20, outliers: 1, wrong: 0, algbw: bytes / median_s, busbw: ((bytes / median_s) * 2 * (ranks - 1)) / ranks };
  });
  return {
    schema: "scalesim.profile/1", backend: "nccl", ranks: 8, hosts: ["node-a", NASTY], transport: "GPU memory, NVLink",
    links: [{ scope: "intra-node", collective: "all_reduce", ranks: 8, from: 0, to: null, alpha_s: 3e-5, beta_s_per_byte: 8e-12, residual: 0.03 }],
    gpus: ["NVIDIA A100-SXM4-80GB"], environment: { NCCL_VERSION: "2.21", NCCL_ALGO: NASTY },
    pairs: [{ a: 0, b: 1, host_a: "node-a", host_b: NASTY, bytes: 2 ** 22, latency_s: 5e-6, forward: 20e9, backward: 10e9 }],
    concurrent: [{ groups: "4 groups of 2 ranks", count: 4, ranks: 2, bytes: 2 ** 22, alone_s: 0.001, together_s: 0.004 }],
    samples: [...samples("all_reduce", 8, 3e-5, 8e-12), ...samples("broadcast", 8, 1.5e-5, 5e-12)], warnings: [] };
}

/** `size` offers on a lattice; the front is the cheapest of every speed-up. */
export function plan(size = 60) {
  const systems = ["pcie", "nvlink", NASTY, "dgx-a100"];
  const offers = Array.from({ length: size }, (_, i) => {
    const system = systems[i % systems.length];
    const gpus = 1 + (i % 64);
    const speedup = gpus ** (0.7 + 0.05 * (i % 4));
    const capex = gpus * 12000 * (1 + ((i * 7) % 13) / 13);
    return {
      system, gpu: i % 3 ? "rtx4090" : "a100-sxm4-80gb", nodes: Math.ceil(gpus / 8), gpus, strategy: i % 2 ? "ddp" : "zero1", capex, opex_per_year: capex / 10,
      currency: "CNY", power_w: gpus * 450, speedup, throughput: speedup * 300, cost_per_speedup: capex / speedup, time_to_target_s: 1e7 / speedup, pareto: false, fits: i % 10 !== 9 };
  });
  const sorted = offers.filter((o) => o.fits).sort((a, b) => a.capex - b.capex || b.speedup - a.speedup);
  let top = 0;
  for (const offer of sorted)
    if (offer.speedup > top) {
      top = offer.speedup;
      offer.pareto = true;
    }
  return { schema: "scalesim.plan/1", offers, best: sorted.filter((o) => o.pareto).at(-1), warnings: [] };
}

/** As scalesim writes it: with the bill of the best, its neighbours on the front and what was put aside. */
export function plan_of_purchase() {
  const document = plan(12);
  document.offers.forEach((offer, i) => Object.assign(offer, { title: `${offer.nodes} x ${offer.gpus} ${offer.gpu}, ${offer.system}`, cost: offer.capex * 1.3, nic: i % 2 ? "1x100Gb" : null, fabric: i % 2 ? "single_switch" : null, memory_bytes: 9e9, microbatch: 1, global_batch: 2048,
    cost_per_million: 0.5 + i, co2_kg_of_run: null, speedup_low: offer.speedup * 0.9,
    speedup_high: offer.speedup * 1.1, beaten_by_best: 0.5 + i / 100, cost_of_run: null }));
  const ownership = { parts: 1000, spares: 30, energy_per_year: 200, colocation_per_year: 0, maintenance_per_year: 0, staff_per_year: 0, total: 1630, per_hour: 0.06, kwh_per_year: 285,
    co2_kg_per_year: null, rent_per_hour: 1.2, break_even_months: 3.4 };
  const line = (part, role, count, unit_price) => ({ part, role, count, unit_price, total: count * unit_price, kind: "street", source: NASTY, date: "2026-05" });
  return { ...document, model: "resnet50", throughput_unit: "images/s", currency: "CNY", years: 4, rent: false, reference: { name: "one rtx3090", throughput: 1159 },
    best: { ...document.best, ownership }, knee: document.offers[3], next: document.offers[4], fastest: document.offers[5],
    tipping: [{ input: "price of rtx4090", unit: "CNY", now: 100, then: 125, overtaken_by: NASTY }, { input: "speed of a100", unit: "1", now: 1, then: 0.9, overtaken_by: "8 x rtx4090" }],
    bill: [line("rtx4090", "GPU", 8, 100), line("chassis", "chassis", 1, 200)], rejected: [{ title: NASTY, system: "pcie", gpu: "rtx4090", nodes: 1, gpus: 1, reason: "costs more than the budget" }] };
}

export const ALL = { prediction, explored, validation, validation_of_all, plan_of_purchase, topology, model, comparison, profile, plan };
