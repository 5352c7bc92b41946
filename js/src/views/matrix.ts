/** A quantised heat map of a layer inside its frame: what `time_units` and `tensor` share. */
import { paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import { formatApproximate, formatNumber } from "../draw/format";
import { colorLevels, levelStep, maximumLevel, valueOfLevel } from "../draw/pixels";
import { type Frame, frame } from "../parts/frame";
import { type Axis, type Cell, type HeatMap, heatMap } from "../parts/heatmap";
import type { LayerHead } from "../protocol.gen";
import type { Tensor } from "../tensor";
import { unitAxis } from "../walk";
import type { Context } from "./view";

export interface Matrix {
  head: LayerHead;
  pooled: number;
  tensor: Tensor;
  rows: Axis;
  columns: Axis;
  /** Whether a column stands for a unit that can be chosen. */
  unitColumns: boolean;
  /** Where the axes stand that are not drawn. */
  index: readonly number[];
}

export interface MatrixView {
  frame: Frame;
  show(matrix: Matrix, ctx: Context): void;
}

const HEIGHTS = { least: 48, around: 158 };
const LARGEST_CELL = 26;

export function matrixView(ctx: Context): MatrixView {
  const outer = frame(ctx.say("hover_hint"), ctx);
  outer.picture.classList.add("kv-scroll");
  let shown: Matrix | null = null;
  let pointed: Cell | null = null;
  const read = () => outer.read(shown && pointed && readout(shown, pointed));
  const events = {
    hover(cell: Cell | null) {
      pointed = cell;
      map.mark("hover", cell);
      read();
    },
    choose({ row, column }: Cell) {
      if (!shown) return;
      const { head, index, rows, columns } = shown;
      const place = placeOf(head, [...index, indexOf(rows, row), indexOf(columns, column)]);
      ctx.emit({ type: "unit", unit: place[unitAxis(head.axes)] ?? 0, place });
    },
  };
  const map: HeatMap = heatMap(events, ctx.signal);
  outer.picture.append(map.element);
  const show = (matrix: Matrix, now: Context) => {
    shown = matrix;
    outer.update(matrix.head, matrix.pooled, now);
    draw(map, matrix, now);
    read();
  };
  return { frame: outer, show };
}

/** One axis of a picture in which a cell stands for √pooled indices each way. */
export function axisOf(name: string, cells: number, pooled: number, start = 0): Axis {
  return { name, cells, start, stride: Math.round(Math.sqrt(pooled)) };
}

/** The axes in the order in which pictures have them, the units last: their numbers in the model's own layout. */
function drawnAxes({ axes }: LayerHead): number[] {
  const last = unitAxis(axes);
  return [...axes.keys()].filter((axis) => axis !== last).concat(axes.length > 0 ? [last] : []);
}

/** Indices in the order of pictures → a place in the model's own layout. */
export function placeOf(head: LayerHead, drawn: readonly number[]): number[] {
  const place: number[] = [];
  const own = drawn.slice(-head.axes.length);
  for (const [i, axis] of drawnAxes(head).entries()) place[axis] = own[i] ?? 0;
  return place;
}

/** The cell of the chosen number; null where it is not in this picture. */
function chosenIn({ head, index, rows, columns }: Matrix, place: Context["place"]): Cell | null {
  if (place?.length !== head.axes.length) return null;
  const drawn = drawnAxes(head).map((axis) => place[axis] ?? 0);
  if (index.some((at, i) => drawn[i] !== at)) return null;
  const [row, column] = [0, ...drawn].slice(-2) as [number, number];
  const cell = (axis: Axis, at: number) => Math.floor((at - axis.start) / axis.stride);
  return { row: cell(rows, row), column: cell(columns, column) };
}

function indexOf(axis: Axis, cell: number): number {
  return axis.start + cell * axis.stride;
}

function readout({ tensor, head, rows, columns }: Matrix, { row, column }: Cell): string {
  const level = tensor.values[row * columns.cells + column] ?? 255;
  const value = formatApproximate(valueOfLevel(level, head.domain), levelStep(head.domain));
  const place = [rows, columns].map((axis, i) => `${axis.name} ${indexOf(axis, i ? column : row)}`);
  return `${place.join(", ")}: ${value}`;
}

function draw(map: HeatMap, matrix: Matrix, ctx: Context): void {
  const { head, tensor, rows, columns, unitColumns } = matrix;
  const table = tableFor(head.domain.signed, ctx.dark, ctx.sequential);
  paint(map.canvas, rows.cells, columns.cells, colorLevels(tensor.values, table));
  map.canvas.setAttribute("aria-label", altOf(matrix, ctx));
  map.layout(rows, columns, sizeOf(matrix, ctx.width - 64, ctx.height - HEIGHTS.around));
  const column = Math.floor((ctx.state.unit - columns.start) / columns.stride);
  const inside = unitColumns && column >= 0 && column < columns.cells;
  map.plot.setAttribute("aria-label", ctx.say("cell_keys"));
  map.mark("selected", chosenIn(matrix, ctx.place) ?? (inside ? { column } : null));
}

/** As wide as the panel allows, cells not larger than they need to be; the height stays moderate. */
function sizeOf({ rows, columns }: Matrix, width: number, height: number): [number, number] {
  const wide = Math.max(40, Math.min(width, columns.cells * LARGEST_CELL));
  const cell = wide / columns.cells;
  const tall = rows.cells * Math.max(cell, Math.min(8, LARGEST_CELL));
  const most = Math.max(HEIGHTS.least, height);
  return [Math.round(wide), Math.round(Math.max(HEIGHTS.least, Math.min(most, tall)))];
}

function altOf({ tensor, head, rows, columns }: Matrix, { say }: Context): string {
  const best = maximumLevel(tensor.values)?.index ?? 0;
  const row = indexOf(rows, Math.floor(best / columns.cells));
  const column = indexOf(columns, best % columns.cells);
  return say("heat_alt", {
    rows: `${rows.name} ${rows.cells}`,
    columns: `${columns.name} ${columns.cells}`,
    low: formatNumber(head.domain.low),
    high: formatNumber(head.domain.high),
    at: `${rows.name} ${row}, ${columns.name} ${column}`,
  });
}
