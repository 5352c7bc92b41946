/** Linear scales and round ticks. */

export interface Scale {
  (value: number): number;
  invert(position: number): number;
}

/** Maps `domain` onto `range`; a constant domain maps onto the start of the range. */
export function linear(
  [d0, d1]: readonly [number, number],
  [r0, r1]: readonly [number, number],
): Scale {
  const slope = d1 === d0 ? 0 : (r1 - r0) / (d1 - d0);
  const scale = (value: number) => r0 + (value - d0) * slope;
  return Object.assign(scale, {
    invert: (position: number) => (slope === 0 ? d0 : d0 + (position - r0) / slope),
  });
}

/** About `count` round numbers within [low, high]. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return [low];
  const step = roundStep((high - low) / Math.max(1, count));
  return multiples(step, Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9));
}

/** The same from one below to one above what has to fit between them. */
export function ticksAround(low: number, high: number, count: number): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return [low, high];
  const step = roundStep((high - low) / Math.max(1, count));
  return multiples(step, Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9));
}

function multiples(step: number, first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** Whole numbers among the ticks of [0, length): positions along an axis of cells. */
export function indexTicks(length: number, count: number): number[] {
  if (length <= 1) return [0];
  const step = Math.max(1, roundStep((length - 1) / Math.max(1, count)));
  return Array.from({ length: Math.floor((length - 1) / step) + 1 }, (_, i) => i * step);
}

/** 1, 2 or 5 times a power of ten, whichever is nearest on a logarithmic ruler. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const ratio = rough / power;
  if (ratio >= Math.sqrt(50)) return 10 * power;
  if (ratio >= Math.sqrt(10)) return 5 * power;
  return ratio >= Math.sqrt(2) ? 2 * power : power;
}
