// Numbers for people: three digits that matter, with the prefix of their unit. CSV and data-value keep full precision.

const UNKNOWN = "\u2013";

/** Three significant digits without an exponent, "1 234" with narrow no-break spaces from five digits on. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
  if (size < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}

/** `steps` are ascending units from the largest down; zero and what is smaller than all take the last. */
function scaled(value: number, steps: [number, string][]): string {
  const size = Math.abs(value);
  const [factor, unit] = steps.find(([limit]) => size >= limit * 0.9995) ?? steps[steps.length - 1];
  return `${digits(value / factor)}\u00a0${unit}`;
}

type Maybe = number | null | undefined;
type Format = (value: Maybe) => string;
const known = (format: (value: number) => string): Format =>
  (value) => (value === null || value === undefined || !Number.isFinite(value) ? UNKNOWN : format(value));

export const plain: Format = known(digits);
export const times: Format = known((v) => `${digits(v)}\u00d7`);
export const percent: Format = known((v) => `${digits(Math.round(v * 1000) / 10)}\u00a0%`);
export const seconds: Format = known((v) => v === 0 ? "0\u00a0s" :
  scaled(v, v >= 60
    ? [[86400 * 365.25, "years"], [86400, "days"], [3600, "h"], [60, "min"]]
    : [[1, "s"], [1e-3, "ms"], [1e-6, "\u00b5s"], [1e-9, "ns"]]));
export const count: Format = known((v) =>
  Math.abs(v) < 1000 ? digits(v) : scaled(v, [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]]));
export const bytes: Format = known((v) => scaled(v, [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]]));
export const bandwidth: Format = known((v) => scaled(v, [[1e12, "TB/s"], [1e9, "GB/s"], [1e6, "MB/s"], [1e3, "kB/s"], [1, "B/s"]]));
export const flops: Format = known((v) => scaled(v, [[1e15, "PFLOP/s"], [1e12, "TFLOP/s"], [1e9, "GFLOP/s"], [1e6, "MFLOP/s"], [1, "FLOP/s"]]));
export const watts: Format = known((v) => scaled(v, [[1e6, "MW"], [1e3, "kW"], [1, "W"]]));
export const power_of_two_bytes: Format = known((v) => scaled(v, [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]]));

export function money(amount: Maybe, currency: string): string {
  if (amount === null || amount === undefined) return UNKNOWN;
  const large = Math.abs(amount) >= 1e6;
  return `${large ? digits(amount / 1e6) + "\u00a0M" : digits(amount)}\u00a0${currency}`;
}

/** A value in the unit its document gives ("s", "bytes", "bytes/s", ...), for lists of inputs. */
export function with_unit(value: number, unit: string): string {
  const formats: Record<string, Format> = {
    s: seconds, bytes, B: bytes, "bytes/s": bandwidth, "B/s": bandwidth, "FLOP/s": flops, W: watts, "1": plain, "": plain };
  const format = formats[unit];
  return format ? format(value) : `${Math.abs(value) >= 1e6 ? count(value) : digits(value)}\u00a0${unit}`;
}
