/** Rows and columns of cells. */
import { paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import { type Axis, type Block, type Cell, heatMap } from "../parts/heatmap";
import type { Along, Figure, Mark } from "../protocol.gen";
import type { Tensor } from "../tensor";
import { type Say, wordOf } from "../text";
import type { Context } from "../views/view";
import { altOf, colorsOf, type Draw, numberAt, placeName, placeOn } from "./figure";

const CELL = { largest: 26, least: 3 };
const AXIS = { numbers: 56, names: 104 };
const TALLEST = 340;

export const heat: Draw = (ctx, events) => {
  let now: { figure: Figure; tensor: Tensor; say: Say } | null = null;
  const hover = (cell: Cell | null) => {
    map.mark("hover", cell);
    events.read(now && cell && readout(now.figure, now.tensor, cell, now.say));
  };
  const choose = ({ row, column }: Cell) => {
    const [rows, columns] = now?.figure.axes ?? [];
    if (columns?.pick) events.pick(columns, column);
    if (rows?.pick) events.pick(rows, row);
  };
  const map = heatMap({ hover, choose }, ctx.signal);
  return {
    element: map.element,
    show(figure, tensor, context) {
      now = { figure, tensor, say: context.say };
      const [rows = 1, columns = 1] = tensor.shape;
      const table = tableFor(figure.domain.signed, context.dark, context.sequential);
      paint(map.canvas, rows, columns, colorsOf(tensor, figure, table));
      map.canvas.setAttribute("aria-label", altOf(figure, tensor, context));
      const [down, across] = figure.axes;
      map.layout(
        axisOf(down, rows, context),
        axisOf(across, columns, context),
        sizeOf(rows, columns, context, isNamed(down?.labels) ? AXIS.names : AXIS.numbers),
      );
      map.plot.classList.toggle("kv-clickable", Boolean(down?.pick || across?.pick));
      map.mark("selected", chosenOf(down, across));
      map.frame(figure.marks.map((mark) => blockOf(mark, down, across)));
      return true;
    },
  };
};

function axisOf(along: Along | undefined, cells: number, { say }: Context): Axis {
  const { start = 0, step = 1, name = "", labels = [] } = along ?? {};
  return {
    name: wordOf(say, name).toLowerCase(),
    cells,
    start,
    stride: step,
    named: isNamed(labels),
    label: (place) => placeName(along, place),
  };
}

function isNamed(labels: readonly string[] = []): boolean {
  return labels.some((text) => Number.isNaN(Number(text)));
}

function chosenOf(down: Along | undefined, across: Along | undefined): Partial<Cell> | null {
  const cell: Partial<Cell> = {};
  if (down && down.chosen >= 0) cell.row = down.chosen;
  if (across && across.chosen >= 0) cell.column = across.chosen;
  return Object.keys(cell).length > 0 ? cell : null;
}

/** A mark in cells: where the picture was pooled, one cell is several places. */
function blockOf(mark: Mark, down: Along | undefined, across: Along | undefined): Block {
  const [tall, wide] = [down?.step || 1, across?.step || 1];
  const row = Math.floor(mark.row / tall);
  const column = Math.floor(mark.column / wide);
  const rows = Math.ceil((mark.row + mark.rows) / tall) - row;
  const columns = Math.ceil((mark.column + mark.columns) / wide) - column;
  return { form: mark.form, row, column, rows, columns };
}

function sizeOf(rows: number, columns: number, { width }: Context, axis: number): [number, number] {
  const room = Math.max(60, width - axis);
  const cell = Math.min(CELL.largest, room / columns, Math.max(TALLEST / rows, CELL.least));
  const tall = Math.min(TALLEST, Math.max(36, rows * Math.max(cell, Math.min(10, TALLEST / rows))));
  return [Math.round(Math.max(36, Math.min(room, columns * cell))), Math.round(tall)];
}

function readout(figure: Figure, tensor: Tensor, { row, column }: Cell, say: Say): string {
  const [down, across] = figure.axes;
  const place = [placeOn(down, row, say), placeOn(across, column, say)].filter(Boolean).join(", ");
  return `${place}: ${numberAt(tensor, row * (tensor.shape[1] ?? 1) + column, figure)}`;
}
