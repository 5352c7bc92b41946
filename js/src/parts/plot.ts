/** SVG axes for bars and traces, and the pointer's place along them. */

import { svg } from "../dom";
import { formatNumber } from "../draw/format";
import { indexTicks, linear, type Scale, ticks, ticksAround } from "../draw/scale";

export interface PlotSize {
  width: number;
  height: number;
}

export interface Plot {
  x: Scale;
  y: Scale;
  /** Where the y axis begins and ends: round numbers. */
  ends: readonly [number, number];
  drawing: SVGSVGElement;
}

/** What stands above and below a plot in its panel. */
const SURROUNDINGS = 118;

/** The size of a plot in a panel: it fills it, within reason. */
export function plotSize({ width, height }: PlotSize): PlotSize {
  return { width, height: Math.max(150, Math.min(360, height - SURROUNDINGS)) };
}

export interface Places {
  label(index: number): string;
  count: number;
  /** What place 0 stands for and how far apart places are, where that is a scale of numbers; `edges`: also half a place on. */
  scale?: { start: number; step: number; edges?: boolean };
}

const MARGIN = { top: 10, right: 8, bottom: 32, left: 52 };

/** An empty plot of `count` places along x and [low, high] along y, axes drawn. */
export function plot(
  { width, height }: PlotSize,
  names: { x: string; label: string },
  places: Places,
  [low, high]: readonly [number, number],
): Plot {
  const x = linear([0, places.count], [MARGIN.left, width - MARGIN.right]);
  const lines = ticksAround(low, high, Math.max(2, height / 48));
  const ends = [lines[0] ?? low, lines.at(-1) ?? high] as const;
  const y = linear(ends, [height - MARGIN.bottom, MARGIN.top]);
  const drawing = svg("svg", {
    class: "kv-svg",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": names.label,
  });
  for (const value of lines) {
    drawing.append(
      svg("line", { class: "kv-grid", x1: x(0), x2: x(places.count), y1: y(value), y2: y(value) }),
      svg("text", { class: "kv-tick-y", x: x(0) - 8, y: y(value), text: formatNumber(value) }),
    );
  }
  const bottom = height - MARGIN.bottom;
  for (const { place, text } of placeTicks(places, width / 72)) {
    drawing.append(svg("text", { class: "kv-tick-x", x: x(place + 0.5), y: bottom + 14, text }));
  }
  const middle = (x(0) + x(places.count)) / 2;
  drawing.append(
    svg("text", { class: "kv-tick-x kv-axis-title", x: middle, y: height - 4, text: names.x }),
  );
  return { x, y, ends, drawing };
}

/** Places with names, or round numbers of a scale wherever they fall. */
function placeTicks(
  { label, count, scale }: Places,
  most: number,
): { place: number; text: string }[] {
  if (!scale) return indexTicks(count, most).map((place) => ({ place, text: label(place) }));
  const { start, step, edges } = scale;
  const more = edges ? step / 2 : 0;
  return ticks(start - more, start + step * (count - 1) + more, most).map((value) => ({
    place: (value - start) / step,
    text: formatNumber(value),
  }));
}

/** A range that holds 0 and every finite value, and is never empty. */
export function rangeWithZero(values: ArrayLike<number>): [number, number] {
  let low = 0;
  let high = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low === high ? [0, 1] : [low, high];
}

/** Which of `count` places the pointer is at. */
export function placeAt({ x, drawing }: Plot, event: MouseEvent, count: number): number {
  const box = drawing.getBoundingClientRect();
  const scale = box.width > 0 ? drawing.viewBox.baseVal.width / box.width : 1;
  const place = Math.floor(x.invert((event.clientX - box.left) * scale));
  return Math.max(0, Math.min(count - 1, place));
}
