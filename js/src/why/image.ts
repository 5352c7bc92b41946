/** A heat map over the image that it explains, or beside it; the number under the pointer is exact. */
import { h, svg } from "../dom";
import { cellAt, paint } from "../draw/canvas";
import { formatExact, formatNumber } from "../draw/format";
import { colorImage } from "../draw/pixels";
import type { Tensor } from "../tensor";
import type { Say } from "../text";
import type { Context } from "../views/view";
import { greyed, heatOver, inkOn, outlinePath, threshold } from "./blend";
import { type Draw, domainOf, type Shown, tableOf, valuesOf } from "./figure";

const LARGEST = 392;
const COMPACT = 180;
const GAP = 16;

interface Cell {
  row: number;
  column: number;
}

interface Now {
  shown: Shown;
  rows: number;
  columns: number;
  say: Say;
}

type Read = (text: string | null) => void;

export const image: Draw = (ctx, read) => {
  const parts = canvases();
  const { under, heat, alone, line, lines, mark, stack, beside } = parts;
  const element = h("div", { class: "kv-why-images" }, beside, stack);
  const reader = pointer(mark, read);
  follow(stack, heat, reader, ctx.signal);
  const show = (shown: Shown, context: Context) => {
    const [rows = 1, columns = 1] = shown.tensors.get(`values${shown.place}`)?.shape ?? [];
    reader.now = { shown, rows, columns, say: context.say };
    const input = shown.tensors.get(`input${shown.place}`);
    const look = context.why;
    const apart = Boolean(look?.beside && input);
    const mix = !input || apart ? 1 : (look?.mix ?? 1);
    const values = valuesOf(shown);
    const domain = domainOf(shown.evidence, context);
    const table = tableOf(shown, context);
    const light = inkOn(domain.high, domain, table) === "#fff"; // the strongest are dark
    drawInput(under, apart ? undefined : input, (bytes, channels) =>
      mix > 0 ? greyed(bytes, channels, light) : colorImage(bytes, channels),
    );
    drawInput(alone, apart ? input : undefined, colorImage);
    paint(heat, rows, columns, heatOver(values, domain, table, mix));
    beside.hidden = !apart;
    const least = look?.outline ? threshold(values) : null;
    line.setAttribute("d", least === null ? "" : outlinePath(values, columns, least));
    lines.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    const [width, height] = sizeOf(rows, columns, context, apart);
    for (const each of [stack, beside]) {
      Object.assign(each.style, { width: `${width}px`, height: `${height}px` });
    }
    element.classList.toggle("kv-smooth-image", shown.evidence.stretched.length > 0);
    heat.setAttribute("aria-label", altOf(shown, context));
    alone.setAttribute("aria-label", context.say("why_input_alt"));
  };
  return { element, show };
};

/** Input, heat map and outline on top of each other; and the input alone. */
function canvases() {
  const under = h("canvas", { class: "kv-canvas kv-why-under" });
  const heat = h("canvas", { class: "kv-canvas kv-why-heat", role: "img", tabindex: 0 });
  const alone = h("canvas", { class: "kv-canvas", role: "img" });
  const line = svg("path", { class: "kv-why-line" });
  const lines = svg("svg", { class: "kv-why-lines", "aria-hidden": "true" }, line);
  lines.setAttribute("preserveAspectRatio", "none");
  const mark = h("span", { class: "kv-mark kv-mark-hover", hidden: true });
  const stack = h("div", { class: "kv-plot kv-why-stack" }, under, heat, lines, mark);
  const beside = h("div", { class: "kv-plot kv-why-stack" }, alone);
  heat.dataset.lmSuppressShortcuts = "true";
  return { under, heat, alone, line, lines, mark, stack, beside };
}

interface Reader {
  now: Now | null;
  at: Cell;
  point(cell: Cell | null): void;
}

/** Marks a cell and reads its number out. */
function pointer(mark: HTMLElement, read: Read): Reader {
  const reader: Reader = {
    now: null,
    at: { row: 0, column: 0 },
    point(cell) {
      mark.hidden = cell === null || !reader.now;
      if (!cell || !reader.now) return read(null);
      reader.at = cell;
      const { rows, columns, shown, say } = reader.now;
      mark.style.top = `${(cell.row / rows) * 100}%`;
      mark.style.left = `${(cell.column / columns) * 100}%`;
      mark.style.height = `${100 / rows}%`;
      mark.style.width = `${100 / columns}%`;
      const value = valuesOf(shown)[cell.row * columns + cell.column] ?? Number.NaN;
      read(`${say("row")} ${cell.row}, ${say("column")} ${cell.column}: ${formatExact(value)}`);
    },
  };
  return reader;
}

/** The mark follows the pointer, and the arrow keys. */
function follow(stack: HTMLElement, heat: HTMLElement, reader: Reader, signal: AbortSignal): void {
  const over = (event: PointerEvent) => {
    const { now } = reader;
    if (now) reader.point(cellAt(stack, event, now.rows, now.columns));
  };
  const key = (event: KeyboardEvent) => {
    const { now, at } = reader;
    const moved = now && movedBy(event.key, at, now.rows, now.columns);
    if (!moved) return;
    event.preventDefault();
    event.stopPropagation();
    reader.point(moved);
  };
  stack.addEventListener("pointermove", over, { signal });
  stack.addEventListener("pointerleave", () => reader.point(null), { signal });
  const focused = () => heat.matches(":focus-visible") && reader.point(reader.at);
  heat.addEventListener("focus", focused, { signal });
  heat.addEventListener("blur", () => reader.point(null), { signal });
  heat.addEventListener("keydown", key, { signal });
}

function drawInput(
  canvas: HTMLCanvasElement,
  input: Tensor | undefined,
  colors: typeof colorImage,
): void {
  canvas.hidden = !input;
  if (!input) return;
  const [rows = 1, columns = 1, channels = 1] = input.shape;
  paint(canvas, rows, columns, colors(input.values, channels));
}

/** Whole pixels for each cell where there is room; the same size for all pictures of a panel. */
function sizeOf(
  rows: number,
  columns: number,
  { width, why }: Context,
  apart: boolean,
): [number, number] {
  const room = why?.compact ? Math.min(COMPACT, width) : Math.min(LARGEST, width);
  const side = Math.max(60, apart ? Math.min(room, (width - GAP) / 2) : room);
  const scale = side / Math.max(rows, columns);
  const whole = scale >= 2 ? Math.floor(scale) : scale;
  return [Math.round(columns * whole), Math.round(rows * whole)];
}

function movedBy(key: string, { row, column }: Cell, rows: number, columns: number): Cell | null {
  const steps: Record<string, readonly [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
  };
  const step = steps[key];
  if (!step) return null;
  const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  return { row: within(row + step[0], rows), column: within(column + step[1], columns) };
}

function altOf(shown: Shown, { say }: Context): string {
  const { low, high } = shown.evidence;
  const values = valuesOf(shown);
  let best = 0;
  for (let i = 1; i < values.length; i += 1) {
    if (Math.abs(values[i] ?? 0) > Math.abs(values[best] ?? 0)) best = i;
  }
  const columns = shown.tensors.get(`values${shown.place}`)?.shape[1] ?? 1;
  return say("why_image_alt", {
    low: formatNumber(low),
    high: formatNumber(high),
    row: Math.floor(best / columns),
    column: best % columns,
  });
}
