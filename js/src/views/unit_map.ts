/** One map, large; the number under the pointer is the one the layer computed. */
import { paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import { formatExact, formatNumber, formatShape } from "../draw/format";
import { colorValues, fitSize, maximumOf, peakOf } from "../draw/pixels";
import { type Cell, type HeatMap, heatMap } from "../parts/heatmap";
import type { Unit } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { axisOf } from "./matrix";
import type { Form, Read } from "./unit";
import type { Context } from "./view";

/** What stands beside and below the map: axes, scale, figures. */
const AROUND = { width: 60, height: 102 };
const BOX = { least: 120, most: 460 };

export function unitMap(ctx: Context, read: Read): Form {
  let shown: Answer<Unit> | null = null;
  let pointed: Cell | null = null;
  const say = () => read(shown && pointed && readout(shown, pointed));
  const hover = (cell: Cell | null) => {
    pointed = cell;
    map.mark("hover", cell);
    say();
  };
  const choose = ({ row, column }: Cell) => {
    if (!shown) return;
    const { payload } = shown;
    const stride = strideOf(payload);
    const place = placeIn(payload, row * stride, column * stride);
    ctx.emit({ type: "unit", unit: payload.unit, place });
  };
  const map = heatMap({ hover, choose, roving: true }, ctx.signal);
  const show = (answer: Answer<Unit>, now: Context) => {
    shown = answer;
    draw(map, answer, now);
    say();
  };
  return { element: map.element, show };
}

function draw(map: HeatMap, answer: Answer<Unit>, now: Context): void {
  const { values, shape } = tensorOf(answer.tensors, "values");
  const [rows = 1, columns = 1] = shape;
  const { domain, pooled } = answer.payload;
  const table = tableFor(domain.signed, now.dark, now.sequential);
  paint(map.canvas, rows, columns, colorValues(values, domain, table));
  map.canvas.setAttribute("aria-label", altOf(answer, now));
  map.plot.setAttribute("aria-label", now.say("map_keys"));
  const room = Math.min(now.width - AROUND.width, now.height - AROUND.height);
  const box = Math.max(BOX.least, Math.min(BOX.most, room));
  const size = fitSize(rows, columns, box);
  map.canvas.classList.toggle("kv-smooth", Math.max(rows, columns) > box);
  map.layout(
    axisOf(now.say("row"), rows, pooled),
    axisOf(now.say("column"), columns, pooled),
    size,
  );
  const best = peakOf(values);
  const cell = best && { row: Math.floor(best.index / columns), column: best.index % columns };
  map.mark("maximum", cell);
  map.mark("selected", chosenIn(answer.payload, now.place));
}

function strideOf({ pooled }: Unit): number {
  return Math.round(Math.sqrt(pooled));
}

/** The place of a cell, or of a step of a trace, in the model's own layout. */
export function placeIn(payload: Unit, row: number, column: number): number[] {
  const { rows_axis, columns_axis } = payload;
  return payload.place.map((at, axis) => {
    if (axis === rows_axis) return row;
    return axis === columns_axis ? column : at;
  });
}

/** The cell of the number that is looked at; null where it is in another picture. */
export function chosenIn(payload: Unit, place: Context["place"]): Cell | null {
  const { rows_axis, columns_axis } = payload;
  if (place?.length !== payload.place.length) return null;
  const free = [rows_axis, columns_axis];
  if (payload.place.some((at, axis) => !free.includes(axis) && at !== place[axis])) return null;
  const stride = payload.form === "map" ? strideOf(payload) : 1;
  const cell = (axis: number) => Math.floor((place[axis] ?? 0) / stride);
  return { row: cell(rows_axis), column: cell(columns_axis) };
}

function readout({ payload, tensors }: Answer<Unit>, { row, column }: Cell): string {
  const { values, shape } = tensorOf(tensors, "values");
  const stride = strideOf(payload);
  const value = values[row * (shape[1] ?? 1) + column] ?? Number.NaN;
  return `(${row * stride}, ${column * stride}) = ${formatExact(value)}`;
}

function altOf({ payload, tensors }: Answer<Unit>, { say }: Context): string {
  const { values, shape } = tensorOf(tensors, "values");
  const best = maximumOf(values);
  const common = { unit: payload.unit, shape: formatShape(shape) };
  if (!best) return say("flat_map_alt", common);
  const columns = shape[1] ?? 1;
  return say("map_alt", {
    ...common,
    low: formatNumber(payload.domain.low),
    high: formatNumber(best.value),
    row: Math.floor(best.index / columns),
    column: best.index % columns,
  });
}
