/** SVG path data for bars and lines, from typed arrays. */
import type { Scale } from "./scale";

const round = (value: number) => Math.round(value * 100) / 100;

/** One bar per value, from the zero line; `keep` picks which, e.g. the negative ones. */
export function barsPath(
  values: ArrayLike<number>,
  x: Scale,
  y: Scale,
  keep: (value: number) => boolean = () => true,
): string {
  const gap = x(1) - x(0) > 4 ? 1 : 0;
  const width = Math.max(x(1) - x(0) - gap, 0.5);
  const zero = y(0);
  let path = "";
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value) || !keep(value)) continue;
    path += `M${round(x(i) + gap / 2)} ${round(zero)}h${round(width)}V${round(y(value))}h${-round(width)}z`;
  }
  return path;
}

/** A line through the finite values; it is broken where they are not. */
export function linePath(values: ArrayLike<number>, x: Scale, y: Scale): string {
  let path = "";
  let pen = false;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? Number.NaN;
    const finite = Number.isFinite(value);
    if (finite) path += `${pen ? "L" : "M"}${round(x(i))} ${round(y(value))}`;
    pen = finite;
  }
  return path;
}

/** A line through the finite values, past those that are not. */
export function joinedPath(values: ArrayLike<number>, x: Scale, y: Scale): string {
  let path = "";
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? Number.NaN;
    if (Number.isFinite(value)) path += `${path ? "L" : "M"}${round(x(i))} ${round(y(value))}`;
  }
  return path;
}
