/** One map, large; the number under the pointer is the one the layer computed. */
import { paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import { formatExact, formatNumber, formatShape } from "../draw/format";
import { colorValues, fitSize, maximumOf } from "../draw/pixels";
import { type Cell, heatMap } from "../parts/heatmap";
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
  const map = heatMap({ hover }, ctx.signal);
  const show = (answer: Answer<Unit>, now: Context) => {
    shown = answer;
    const { values, shape } = tensorOf(answer.tensors, "values");
    const [rows = 1, columns = 1] = shape;
    const { domain, pooled } = answer.payload;
    const table = tableFor(domain.signed, now.dark, now.sequential);
    paint(map.canvas, rows, columns, colorValues(values, domain, table));
    map.canvas.setAttribute("aria-label", altOf(answer, now));
    const room = Math.min(now.width - AROUND.width, now.height - AROUND.height);
    const box = Math.max(BOX.least, Math.min(BOX.most, room));
    const size = fitSize(rows, columns, box);
    map.canvas.classList.toggle("kv-smooth", Math.max(rows, columns) > box);
    map.layout(
      axisOf(now.say("row"), rows, pooled),
      axisOf(now.say("column"), columns, pooled),
      size,
    );
    const best = maximumOf(values);
    const flat = best === null || domain.high === domain.low;
    const cell = best && { row: Math.floor(best.index / columns), column: best.index % columns };
    map.mark("maximum", flat ? null : cell);
    say();
  };
  return { element: map.element, show };
}

function readout({ payload, tensors }: Answer<Unit>, { row, column }: Cell): string {
  const { values, shape } = tensorOf(tensors, "values");
  const stride = Math.round(Math.sqrt(payload.pooled));
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
