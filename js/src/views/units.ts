/** A vector of units as bars from the zero line. */

import { svg } from "../dom";
import { tableFor } from "../draw/colormap";
import { formatCount, formatExact, formatNumber } from "../draw/format";
import { maximumOf } from "../draw/pixels";
import { coloredBars } from "../parts/bars";
import { frame } from "../parts/frame";
import { type Plot, placeAt, plot, plotSize, rangeWithZero } from "../parts/plot";
import type { Units } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { asKind, type Context, type Rendered, type View } from "./view";

/** Bars are not wider than this. */
const WIDEST = 46;

export const units: View<Units> = {
  kind: "units",
  render(answer, ctx) {
    const outer = frame(ctx.say("hover_bars"), ctx);
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
        if (place !== null) ctx.emit({ type: "unit", unit: unitAt(shown, place) });
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

/** Which unit stands at a place of the answer. */
function unitAt({ payload, tensors }: Answer<Units>, place: number): number {
  return tensors.get("order")?.values[payload.start + place] ?? payload.start + place;
}

function readout(answer: Answer<Units>, place: number, { say }: Context): string {
  const value = tensorOf(answer.tensors, "values").values[place] ?? Number.NaN;
  return `${say("unit")} ${unitAt(answer, place)} = ${formatExact(value)}`;
}

function drawBars(answer: Answer<Units>, ctx: Context): Plot {
  const { payload } = answer;
  const { values } = tensorOf(answer.tensors, "values");
  const unitOf = (place: number) => unitAt(answer, place);
  const { domain } = payload.head;
  const range = rangeWithZero(values);
  const names = { x: ctx.say("unit").toLowerCase(), label: altOf(answer, values, ctx) };
  const { width, height } = plotSize(ctx);
  const places = { label: (place: number) => String(unitOf(place)), count: values.length };
  const drawn = plot(
    { width: Math.min(width, 60 + WIDEST * values.length), height },
    names,
    places,
    range,
  );
  const { x, y, drawing } = drawn;
  const chosen = values.findIndex((_, place) => unitOf(place) === ctx.state.unit);
  if (chosen >= 0 && chosen < values.length) drawing.prepend(columnAt(drawn, chosen));
  const table = tableFor(domain.signed, ctx.dark, ctx.sequential);
  drawing.append(
    ...coloredBars(drawn, values, domain, table),
    svg("line", { class: "kv-zero", x1: x(0), x2: x(values.length), y1: y(0), y2: y(0) }),
  );
  markNotFinite(drawn, values, table.mark);
  return drawn;
}

/** Marks one place of a plot. */
export function columnAt({ x, y, ends: [low, high] }: Plot, place: number): SVGElement {
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

function altOf(answer: Answer<Units>, values: ArrayLike<number>, { say }: Context): string {
  const { domain } = answer.payload.head;
  return say("bars_alt", {
    count: formatCount(values.length),
    low: formatNumber(domain.low),
    high: formatNumber(domain.high),
    unit: unitAt(answer, maximumOf(values)?.index ?? 0),
  });
}
