/** A canvas of cells with its two axes, the cell under the pointer and the marks on it. */

import { h, renew } from "../dom";
import { cellAt } from "../draw/canvas";
import { indexTicks } from "../draw/scale";
import { STEPS } from "../own/cursor";

export interface Axis {
  name: string;
  /** Cells drawn. */
  cells: number;
  /** Index of the first cell, and how many indices one cell stands for. */
  start: number;
  stride: number;
  /** What a cell is called, where that is not its index. */
  label?: (cell: number) => string;
  /** It has a name of its own, not a number. */
  named?: boolean;
}

export interface Cell {
  row: number;
  column: number;
}

/** A frame around several cells. */
export interface Block {
  form: string;
  row: number;
  column: number;
  rows: number;
  columns: number;
}

export interface HeatMap {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  plot: HTMLElement;
  layout(rows: Axis, columns: Axis, size: readonly [number, number]): void;
  /** A frame around one cell, or around a whole column; null takes it away. */
  mark(name: "hover" | "maximum" | "selected", cell: Partial<Cell> | null): void;
  /** These frames and no others. */
  frame(blocks: readonly Block[]): void;
}

export interface HeatMapEvents {
  hover(cell: Cell | null): void;
  choose?(cell: Cell): void;
  /** The arrow keys choose as they go; else Enter does. */
  roving?: boolean;
}

/** Between two names, at least about. */
const NAMED = 15;
const MARKS = ["selected", "maximum", "hover"] as const;

export function heatMap(events: HeatMapEvents, signal: AbortSignal): HeatMap {
  const canvas = h("canvas", { class: "kv-canvas", role: "img" });
  const marks = new Map(
    MARKS.map((name) => [name, h("span", { class: `kv-mark kv-mark-${name}`, hidden: true })]),
  );
  const frames = h("div", { class: "kv-blocks", "aria-hidden": "true" });
  const plot = h("div", { class: "kv-plot" }, canvas, frames, ...marks.values());
  const rowAxis = h("div", { class: "kv-axis kv-axis-y", "aria-hidden": "true" });
  const columnAxis = h("div", { class: "kv-axis kv-axis-x", "aria-hidden": "true" });
  const element = h("div", { class: "kv-heat" }, rowAxis, plot, columnAxis);
  let shape: [number, number] = [1, 1];
  let chosen: Partial<Cell> | null = null;
  const layout = (rows: Axis, columns: Axis, [width, height]: readonly [number, number]) => {
    shape = [rows.cells, columns.cells];
    plot.style.width = `${width}px`;
    plot.style.height = `${height}px`;
    element.classList.toggle("kv-named-rows", rows.named === true);
    element.classList.toggle("kv-named-columns", columns.named === true);
    const square = rows.cells === columns.cells; // then the same ticks both ways
    renew(rowAxis, tickLabels(rows, "top", height / room(rows, square ? 64 : 44)));
    renew(columnAxis, tickLabels(columns, "left", width / room(columns, 64)));
    columnAxis.style.setProperty("--kv-longest", longest([...columnAxis.children]));
  };
  const at = (event: PointerEvent | MouseEvent) => cellAt(canvas, event, ...shape);
  plot.addEventListener("pointermove", (event) => events.hover(at(event)), { signal });
  plot.addEventListener("pointerleave", () => events.hover(null), { signal });
  if (events.choose) {
    plot.classList.add("kv-clickable");
    plot.addEventListener("click", (event) => events.choose?.(at(event)), { signal });
    keys(plot, events, () => ({ shape, chosen }), signal);
  }
  const mark: HeatMap["mark"] = (name, cell) => {
    if (name === "selected") chosen = cell;
    place(marks.get(name), cell, shape);
  };
  const frame: HeatMap["frame"] = (blocks) => {
    const drawn = blocks.map((block) => blockOf(block, shape));
    renew(frames, drawn);
  };
  return { element, canvas, plot, layout, mark, frame };
}

/** Pixels for a tick: those with names stand at every cell that has room for one. */
const room = ({ named }: Axis, usual: number) => (named ? NAMED : usual);

/** How many letters the longest of the ticks has. */
function longest(labels: readonly Element[]): string {
  return String(Math.max(...labels.slice(0, -1).map((label) => label.textContent?.length ?? 0)));
}

interface Where {
  shape: readonly [number, number];
  chosen: Partial<Cell> | null;
}

/** The arrow keys move a cursor, beginning at the chosen cell. */
function keys(
  plot: HTMLElement,
  events: HeatMapEvents,
  where: () => Where,
  signal: AbortSignal,
): void {
  const start = () => ({ row: 0, column: 0, ...where().chosen });
  let cell: Cell | null = null;
  plot.tabIndex = 0;
  plot.setAttribute("role", "application");
  plot.dataset.lmSuppressShortcuts = "true";
  const act = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const from = cell ?? start();
    if (step && !event.altKey) {
      const [rows, columns] = where().shape;
      const clamp = (value: number, size: number) => Math.max(0, Math.min(size - 1, value));
      cell = {
        row: clamp(from.row + step[0], rows),
        column: clamp(from.column + step[1], columns),
      };
      events.hover(cell);
      if (events.roving) events.choose?.(cell);
    } else if (event.key === "Enter" || event.key === " ") events.choose?.(from);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const leave = () => {
    cell = null;
    events.hover(null);
  };
  plot.addEventListener("keydown", act, { signal });
  plot.addEventListener("blur", leave, { signal });
  plot.addEventListener(
    "pointerdown",
    () => {
      cell = null;
    },
    { signal },
  );
}

function blockOf(block: Block, [rows, columns]: [number, number]): HTMLElement {
  const element = h("span", { class: `kv-mark kv-block-${block.form}` });
  element.style.top = `${(block.row / rows) * 100}%`;
  element.style.height = `${(block.rows / rows) * 100}%`;
  element.style.left = `${(block.column / columns) * 100}%`;
  element.style.width = `${(block.columns / columns) * 100}%`;
  return element;
}

function tickLabels(axis: Axis, edge: "top" | "left", count: number): HTMLElement[] {
  const labels = ticksOf(axis, count).map(({ cell, text }) => {
    const label = h("span", { class: "kv-tick", text });
    label.style[edge] = `${((cell + 0.5) / axis.cells) * 100}%`;
    return label;
  });
  return [...labels, h("span", { class: "kv-axis-name", text: axis.name })];
}

/** Round indices, or cells by the names they have. */
function ticksOf(
  { cells, start, stride, label }: Axis,
  count: number,
): { cell: number; text: string }[] {
  if (label) return indexTicks(cells, count).map((cell) => ({ cell, text: label(cell) }));
  const indices = indexTicks((cells - 1) * stride + 1, count);
  return indices.map((index) => ({ cell: index / stride, text: String(start + index) }));
}

function place(
  mark: HTMLElement | undefined,
  cell: Partial<Cell> | null,
  [rows, columns]: [number, number],
): void {
  if (!mark) return;
  mark.hidden = cell === null;
  if (cell === null) return;
  const { row, column } = cell;
  mark.style.top = row === undefined ? "0" : `${(row / rows) * 100}%`;
  mark.style.height = row === undefined ? "100%" : `${100 / rows}%`;
  mark.style.left = column === undefined ? "0" : `${(column / columns) * 100}%`;
  mark.style.width = column === undefined ? "100%" : `${100 / columns}%`;
}
