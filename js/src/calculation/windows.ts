/** Where the inputs of a sum lie: a picture of each output they are from, framed where they were taken. */
import { h, setText } from "../dom";
import { paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import { formatExact } from "../draw/format";
import { colorValues, fitSize } from "../draw/pixels";
import { type Axis, type Cell, type HeatMap, heatMap } from "../parts/heatmap";
import { type Legend, legend } from "../parts/legend";
import type { Calculation, Window } from "../protocol.gen";
import type { Answer } from "../rpc";
import { type Tensor, tensorOf } from "../tensor";
import { wordOf } from "../text";
import type { Context } from "../views/view";
import { unitAxis } from "../walk";
import { nameOf } from "./names";

const BOX = { least: 96, most: 260, thin: 22 };
const AXIS = 48;
const GAP = 28;
/** They stand side by side where each has this much. */
const NARROWEST = 150;

/** One number of an output. */
export interface Spot {
  path: string;
  index: readonly number[];
  /** What a term's input is multiplied with, as an index of that variable. */
  weight?: readonly number[];
}

export interface Windows {
  element: HTMLElement;
  show(answer: Answer<Calculation>, ctx: Context, chosen: Spot | null): void;
  /** Marks where a term's input lies. */
  point(spot: Spot | null): void;
}

interface Picture {
  element: HTMLElement;
  show(window: Window, tensor: Tensor, ctx: Context, chosen: Spot | null): void;
  point(spot: Spot | null): void;
}

export function windowsView(
  ctx: Context,
  choose: (window: Window, place: number[]) => void,
): Windows {
  const element = h("div", { class: "kv-planes" });
  const pictures: Picture[] = [];
  return {
    element,
    show({ payload, tensors }, now, chosen) {
      const all = payload.windows.map((window, i) => ({ window, name: `window${i}` }));
      const here = ({ window }: (typeof all)[0]) => window.path === chosen?.path && !window.weights;
      const shown = chosen ? all.filter(here) : all;
      while (pictures.length < shown.length) pictures.push(picture(ctx, choose));
      element.replaceChildren(...pictures.slice(0, shown.length).map((each) => each.element));
      const fit = Math.max(1, Math.floor((now.width + GAP) / (NARROWEST + GAP)));
      const across = Math.min(shown.length, fit) || 1;
      element.style.setProperty("--kv-across", String(across));
      const width = Math.floor((now.width - (across - 1) * GAP) / across);
      for (const [i, { window, name }] of shown.entries())
        pictures[i]?.show(window, tensorOf(tensors, name), { ...now, width }, chosen);
    },
    point(spot) {
      for (const each of pictures) if (each.element.isConnected) each.point(spot);
    },
  };
}

function picture(ctx: Context, choose: (window: Window, place: number[]) => void): Picture {
  const title = h("figcaption", { class: "kv-plane-title" });
  const readout = h("output", { class: "kv-readout" });
  const scale: Legend = legend();
  let now: { window: Window; tensor: Tensor } | null = null;
  const read = (cell: Cell | null) => {
    map.mark("hover", cell);
    setText(readout, now && cell ? textAt(now.window, now.tensor, cell) : "");
  };
  const events = {
    hover: read,
    choose: (cell: Cell) =>
      now && !now.window.weights && choose(now.window, placeAt(now.window, cell)),
  };
  const map = heatMap(events, ctx.signal);
  const foot = h("div", { class: "kv-view-scale" }, scale.element, readout);
  return {
    element: h("figure", { class: "kv-plane" }, title, map.element, foot),
    show(window, tensor, context, chosen) {
      now = { window, tensor };
      title.replaceChildren(...titleOf(window, chosen !== null, context));
      draw(map, window, tensor, context);
      map.element.hidden = window.weights !== "" && tensor.values.length === 1; // the scale says the number
      map.mark("selected", chosen && cellOf(window, chosen));
      scale.update(window.domain, window.pooled ** 2, context);
      read(null);
    },
    point(spot) {
      map.mark("hover", spot && now && cellOf(now.window, spot));
    },
  };
}

/** The plane's name: the axes that are drawn stand open. */
function titleOf(window: Window, end: boolean, { say }: Context): HTMLElement[] {
  const { path, place, rows_axis, columns_axis, traced, exact, weights } = window;
  const open = place.map((at, axis) => (axis === rows_axis || axis === columns_axis ? ":" : at));
  if (weights) {
    const text = `${weights}[${open.join(", ")}]`;
    return [
      h("span", { class: "kv-number-name", text }),
      h("span", { class: "kv-muted", text: say("kernel_of") }),
    ];
  }
  const name = nameOf(path, null);
  name.append(`[${open.join(", ")}]`);
  if (end) return [name];
  const key = exact ? "field_exact" : "field_rough";
  return [name, h("span", { class: "kv-muted", text: say(traced ? key : "window_of") })];
}

function draw(map: HeatMap, window: Window, tensor: Tensor, ctx: Context): void {
  const { domain, axes, rows_axis, columns_axis, start, stop, pooled } = window;
  const [rows = 1, columns = 1] = tensor.shape;
  const table = tableFor(domain.signed, ctx.dark, ctx.sequential);
  paint(map.canvas, rows, columns, colorValues(tensor.values, domain, table));
  const name = (axis: number) => wordOf(ctx.say, axes[axis] ?? "").toLowerCase();
  const axis = (at: number, cells: number): Axis => ({
    name: name(at),
    cells,
    start: 0,
    stride: pooled,
  });
  const label = ctx.say("window_alt", {
    path: window.path,
    from: start.join(", "),
    to: stop.join(", "),
  });
  map.canvas.setAttribute("aria-label", label);
  map.plot.setAttribute("aria-label", `${window.path}. ${ctx.say("cell_keys")}`);
  map.layout(axis(rows_axis, rows), axis(columns_axis, columns), sizeOf(rows, columns, ctx.width));
  const [row, column] = start.map((at) => Math.floor(at / pooled)) as [number, number];
  const [last, right] = stop.map((at) => Math.ceil(at / pooled)) as [number, number];
  const frame = { form: "window", row, column, rows: last - row, columns: right - column };
  map.frame(window.weights ? [] : [frame]);
}

function sizeOf(rows: number, columns: number, width: number): [number, number] {
  const box = Math.max(BOX.least, Math.min(BOX.most, width - AXIS));
  const [wide, tall] = fitSize(rows, columns, box);
  return [Math.max(BOX.thin, wide), Math.max(BOX.thin, tall)];
}

/** A cell's index in the whole output. */
function placeAt(window: Window, { row, column }: Cell): number[] {
  const { place, rows_axis, columns_axis, pooled } = window;
  return place.map((at, axis) => {
    if (axis === rows_axis) return row * pooled;
    return axis === columns_axis ? column * pooled : at;
  });
}

/** The cell of a number, or of its weight; null where it lies in another slice. Channels lie over one another. */
function cellOf(window: Window, { path, index: own, weight }: Spot): Cell | null {
  const { axes, place, rows_axis, columns_axis, pooled, weights } = window;
  const index = weights ? (weight ?? []) : own;
  if ((!weights && path !== window.path) || index.length !== place.length) return null;
  const free = [rows_axis, columns_axis, unitAxis(axes)];
  if (!weights && place.some((at, axis) => !free.includes(axis) && at !== index[axis])) return null;
  const cell = (axis: number) => Math.floor((index[axis] ?? 0) / pooled);
  return { row: rows_axis < 0 ? 0 : cell(rows_axis), column: cell(columns_axis) };
}

function textAt(window: Window, { values, shape }: Tensor, cell: Cell): string {
  const value = values[cell.row * (shape[1] ?? 1) + cell.column] ?? Number.NaN;
  return `[${placeAt(window, cell).join(", ")}] = ${formatExact(value)}`;
}
