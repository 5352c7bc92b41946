/** Bands under a curve: the colour of each step is what it did. */
import { h, svg } from "../dom";
import { paint } from "../draw/canvas";
import { formatExact, formatNumber } from "../draw/format";
import { linePath } from "../draw/paths";
import { type Plot, placeAt, plot, rangeWithZero } from "../parts/plot";
import type { Context } from "../views/view";
import { heatOver } from "./blend";
import { type Draw, domainOf, type Shown, tableOf, valuesOf } from "./figure";

const HEIGHT = 200;
const WIDEST = 900;

export const series: Draw = (ctx, read) => {
  const bands = h("canvas", { class: "kv-canvas kv-why-bands", "aria-hidden": "true" });
  const box = h("div", { class: "kv-plot-box kv-why-series" }, bands);
  const cursor = svg("line", { class: "kv-cursor", visibility: "hidden" });
  let now: { shown: Shown; drawn: Plot; ctx: Context } | null = null;
  const hover = (event: PointerEvent | null) => {
    const values = now ? valuesOf(now.shown) : [];
    const place = now && event ? placeAt(now.drawn, event, values.length) : null;
    cursor.setAttribute("visibility", place === null ? "hidden" : "visible");
    if (!now || place === null) return read(null);
    const x = String(now.drawn.x(place + 0.5));
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    read(`${now.ctx.say("step")} ${place}: ${formatExact(values[place] ?? Number.NaN)}`);
  };
  box.addEventListener("pointermove", hover, { signal: ctx.signal });
  box.addEventListener("pointerleave", () => hover(null), { signal: ctx.signal });
  const show = (shown: Shown, context: Context) => {
    const values = valuesOf(shown);
    const drawn = draw(shown, context);
    drawn.drawing.append(cursor);
    cursor.setAttribute("y1", "10");
    cursor.setAttribute("y2", String(HEIGHT - 32));
    const range = domainOf(shown.evidence, context);
    const mix = shown.tensors.has(`input${shown.place}`) ? Math.max(0.5, context.why?.mix ?? 1) : 1;
    paint(bands, 1, values.length, heatOver(values, range, tableOf(shown, context), mix));
    const [left, right] = [drawn.x(0), drawn.x(values.length)];
    Object.assign(bands.style, { left: `${left}px`, width: `${right - left}px` });
    box.replaceChildren(bands, drawn.drawing);
    now = { shown, drawn, ctx: context };
  };
  return { element: box, show };
};

function draw(shown: Shown, { say, width }: Context): Plot {
  const values = valuesOf(shown);
  const input = shown.tensors.get(`input${shown.place}`);
  const [curves = 0, count = 0] = input?.shape ?? [];
  const { low, high } = shown.evidence;
  const label = say("why_series_alt", {
    count: values.length,
    low: formatNumber(low),
    high: formatNumber(high),
  });
  const numbers = input?.values ?? new Float32Array();
  const range = tight(numbers);
  const size = { width: Math.min(width, WIDEST), height: HEIGHT };
  const drawn = plot(
    size,
    { x: say("step"), label },
    { label: String, count: values.length },
    range,
  );
  const middle = Object.assign((value: number) => drawn.x(value + 0.5), { invert: drawn.x.invert });
  for (let i = 0; i < curves; i += 1) {
    const d = linePath(numbers.slice(i * count, (i + 1) * count), middle, drawn.y);
    drawn.drawing.append(svg("path", { class: "kv-trace kv-why-curve", d }));
  }
  return drawn;
}

/** The range of the curve itself: that it is far from 0 is not the point here. */
function tight(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? [low, high] : rangeWithZero(values);
}
