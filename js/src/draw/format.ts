/** Numbers as people read them: four significant digits, a true minus, no trailing zeros. */

export function formatNumber(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return formatNonFinite(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return minus(String(value));
  const text = size >= 1e5 || size < 1e-3 ? exponential(value, digits) : plain(value, digits);
  return minus(text);
}

function formatNonFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "∞" : "−∞";
}

function exponential(value: number, digits: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  return `${trimZeros(mantissa)}e${Number(exponent)}`;
}

function plain(value: number, digits: number): string {
  const text = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  return trimZeros(text.toFixed(Math.min(decimals, 20)));
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function minus(text: string): string {
  return text.replace("-", "−").replace("e-", "e−");
}

/** The shortest decimal that names exactly this float32. */
export function formatExact(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatNumber(value);
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits += 1) {
    if (Math.fround(Number(single.toPrecision(digits))) === single) {
      return formatNumber(single, digits);
    }
  }
  return formatNumber(single, 9);
}

/**
 * Numbers below one another: all with the decimals that give the largest of them five digits, and as many more as a sum
 * needs to add up as it is written: `sum` is its parts, then the total.
 */
export function columnFormat(
  values: ArrayLike<number>,
  sum: readonly number[] = [],
): (value: number) => string {
  let largest = 0;
  for (let i = 0; i < values.length; i += 1) {
    const size = Math.abs(values[i] ?? 0);
    if (Number.isFinite(size)) largest = Math.max(largest, size);
  }
  const power = largest > 0 ? Math.floor(Math.log10(largest)) : 0;
  if (power > 6 || power < -4) return (value) => formatNumber(value, 3);
  const fewest = Math.max(0, 4 - Math.max(power, -2));
  const decimals = [0, 1, 2, 3].map((more) => fewest + more).find((d) => addsUp(sum, d)) ?? fewest;
  return (value) => {
    if (!Number.isFinite(value)) return formatNonFinite(value);
    const lost = value !== 0 && Math.abs(value) < 10 ** -decimals / 2;
    return minus(lost ? value.toExponential(1) : value.toFixed(decimals));
  };
}

/** Whether the parts of a sum, rounded, give its rounded total. */
function addsUp(sum: readonly number[], decimals: number): boolean {
  const [total = 0, ...parts] = sum.map((value) => Math.round(value * 10 ** decimals)).reverse();
  return parts.length < 2 || parts.reduce((one, other) => one + other, 0) === total;
}

/** A value read from a quantised picture: no more decimals than `step`, its resolution, carries. */
export function formatApproximate(value: number, step: number): string {
  if (!Number.isFinite(value)) return formatNonFinite(value);
  if (!(step > 0)) return formatNumber(value);
  const decimals = Math.ceil(-Math.log10(step));
  if (decimals > 6 || decimals < -4) return `≈ ${formatNumber(value, 3)}`;
  const unit = 10 ** -decimals;
  const rounded = Math.round(value / unit) * unit;
  return `≈ ${minus(rounded === 0 ? "0" : rounded.toFixed(Math.max(decimals, 0)))}`;
}

export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return "< 0.1 %";
  if (percent < 100 && percent > 99.95) return "> 99.9 %";
  return `${percent.toFixed(1)} %`;
}

const COUNTS = new Intl.NumberFormat("en-US"); // making one costs a hundred times what using it does

/** 34826 → "34,826". */
export function formatCount(count: number): string {
  return COUNTS.format(count);
}

/** What can be chosen, counted from 0 as Python counts: "0 … 499". */
export function formatChoices(last: number): string {
  return `0 … ${formatCount(last)}`;
}

/** (26, 26, 32) → "26 × 26 × 32"; unknown sizes are "?". */
export function formatShape(shape: readonly (number | null)[]): string {
  return shape.map((size) => (size === null ? "?" : String(size))).join(" × ");
}

/** A layer's output shape without its batch axis; "1" for one number per sample. */
export function formatOutputShape(shape: readonly (number | null)[] | null): string {
  if (shape === null) return "?";
  return formatShape(shape.slice(1)) || "1";
}

/** 5211000 → "5.21 M". */
export function formatShort(count: number): string {
  return scaled(count, 1000, ["", " k", " M", " G", " T"]);
}

/** 4096 → "4.1 kB". */
export function formatBytes(count: number): string {
  return scaled(count, 1000, [" B", " kB", " MB", " GB", " TB"]);
}

function scaled(count: number, step: number, names: readonly string[]): string {
  let [value, at] = [count, 0];
  while (value >= step && at < names.length - 1) [value, at] = [value / step, at + 1];
  return `${at === 0 ? value : trimZeros(value.toPrecision(3))}${names[at]}`;
}
