/** Bars from the zero line, in the colours their values have everywhere else. */
import { svg } from "../dom";
import type { Table } from "../draw/colormap";
import { barsPath } from "../draw/paths";
import { levelOf, type Range } from "../draw/pixels";
import type { Values } from "../tensor";
import type { Plot } from "./plot";

/** Colours of bars. */
const STEPS = 24;

/** Each bar in the colour its value has everywhere else, in a few steps. */
export function coloredBars(
  { x, y }: Plot,
  values: Values,
  range: Range,
  table: Table,
): SVGElement[] {
  const step = (value: number) =>
    Math.min(STEPS - 1, Math.floor((levelOf(value, range) / 255) * STEPS));
  return Array.from({ length: STEPS }, (_, i) => {
    const d = barsPath(values, x, y, (value) => step(value) === i);
    return svg("path", { class: "kv-bar", d, fill: table.css(((i + 0.5) / STEPS) * 255) });
  });
}
