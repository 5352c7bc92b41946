/** A vector of units as bars from the zero line. */

import { svg } from "../dom";
import { type Table, tableFor } from "../draw/colormap";
import { formatCount, formatExact, formatNumber } from "../draw/format";
import { barsPath } from "../draw/paths";
import { levelOf, maximumOf, type Range } from "../draw/pixels";
import { frame } from "../parts/frame";
import { type Plot, placeAt, plot, plotSize, rangeWithZero } from "../parts/plot";
import type { Units } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf, type Values } from "../tensor";
import { asKind, type Context, type Rendered, type View } from "./view";

/** Colours of bars. */
const STEPS = 24;
/** Bars are not wider than this. */
const WIDEST = 46;

export const units: View<Units> = {
  kind: "units",
  render(answer, ctx) {
    const outer = frame(ctx.say("hover_bars"));
    let shown = answer;
    let drawn: Plot | null = null;
    let pointed: number | null = null;
    const read = () => outer.read(pointed === null ? null : readout(shown, pointed, ctx));
    const refresh = (now: Context) => {
      outer.update(shown.payload.head, 1, now);
      outer.note(partOf(shown, now));
      drawn = drawBars(shown, now);
      outer.picture.replaceChildren(drawn.drawing);
      read();
    };
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "units");
      if (found?.payload.head.path !== shown.payload.head.path) return false;
      shown = found;
      refresh(now);
      return true;
    };
    const at = (event: MouseEvent) => {
      return drawn && placeAt(drawn, event, tensorOf(shown.tensors, "values").values.length);
    };
    listen(outer.picture, ctx, {
      hover(event) {
        pointed = event && at(event);
        read();
      },
      choose(event) {
        const place = at(event);
        if (place !== null) ctx.emit({ type: "unit", unit: shown.payload.start + place });
      },
    });
    refresh(ctx);
    return { element: outer.element, update, refresh };
  },
};

interface Pointer {
  hover(event: PointerEvent | null): void;
  choose(event: MouseEvent): void;
}

function listen(picture: HTMLElement, { signal }: Context, pointer: Pointer): void {
  picture.classList.add("kv-clickable");
  picture.addEventListener("pointermove", (event) => pointer.hover(event), { signal });
  picture.addEventListener("pointerleave", () => pointer.hover(null), { signal });
  picture.addEventListener("click", (event) => pointer.choose(event), { signal });
}

/** Says so where the layer has more units than one answer holds. */
function partOf({ payload, tensors }: Answer<Units>, { say }: Context): string {
  const { start, head } = payload;
  const count = tensorOf(tensors, "values").values.length;
  if (count >= head.num_units) return "";
  const total = formatCount(head.num_units);
  return say("units_shown", { first: start, last: start + count - 1, total });
}

function readout({ payload, tensors }: Answer<Units>, place: number, { say }: Context): string {
  const value = tensorOf(tensors, "values").values[place] ?? Number.NaN;
  return `${say("unit")} ${payload.start + place} = ${formatExact(value)}`;
}

function drawBars({ payload, tensors }: Answer<Units>, ctx: Context): Plot {
  const { values } = tensorOf(tensors, "values");
  const { domain } = payload.head;
  const range = rangeWithZero(values);
  const names = { x: ctx.say("unit").toLowerCase(), label: altOf(payload, values, ctx) };
  const { width, height } = plotSize(ctx);
  const places = { start: payload.start, count: values.length };
  const drawn = plot(
    { width: Math.min(width, 60 + WIDEST * values.length), height },
    names,
    places,
    range,
  );
  const { x, y, drawing } = drawn;
  const chosen = ctx.state.unit - payload.start;
  if (chosen >= 0 && chosen < values.length) drawing.prepend(column(drawn, chosen, range));
  const table = tableFor(domain.signed, ctx.dark, ctx.sequential);
  drawing.append(
    ...coloredBars(drawn, values, domain, table),
    svg("line", { class: "kv-zero", x1: x(0), x2: x(values.length), y1: y(0), y2: y(0) }),
  );
  markNotFinite(drawn, values, table.mark);
  return drawn;
}

/** Each bar in the colour its value has everywhere else, in a few steps. */
function coloredBars({ x, y }: Plot, values: Values, range: Range, table: Table): SVGElement[] {
  const step = (value: number) =>
    Math.min(STEPS - 1, Math.floor((levelOf(value, range) / 255) * STEPS));
  return Array.from({ length: STEPS }, (_, i) => {
    const d = barsPath(values, x, y, (value) => step(value) === i);
    return svg("path", { class: "kv-bar", d, fill: table.css(((i + 0.5) / STEPS) * 255) });
  });
}

function column({ x, y }: Plot, place: number, [low, high]: readonly [number, number]): SVGElement {
  return svg("rect", {
    class: "kv-chosen",
    x: x(place),
    y: y(high),
    width: Math.max(2, x(place + 1) - x(place)),
    height: y(low) - y(high),
  });
}

function markNotFinite({ x, y, drawing }: Plot, values: ArrayLike<number>, color: string): void {
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isFinite(values[i])) continue;
    drawing.append(
      svg("text", {
        class: "kv-not-finite",
        x: x(i + 0.5),
        y: y(0) - 4,
        style: `fill: ${color}`,
        text: "×",
      }),
    );
  }
}

function altOf(payload: Units, values: ArrayLike<number>, { say }: Context): string {
  const { domain } = payload.head;
  return say("bars_alt", {
    count: formatCount(values.length),
    low: formatNumber(domain.low),
    high: formatNumber(domain.high),
    unit: payload.start + (maximumOf(values)?.index ?? 0),
  });
}
