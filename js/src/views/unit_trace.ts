/** One unit over time. */

import { h, svg } from "../dom";
import { formatExact, formatNumber } from "../draw/format";
import { linePath } from "../draw/paths";
import { maximumOf } from "../draw/pixels";
import { type Plot, placeAt, plot, plotSize, rangeWithZero } from "../parts/plot";
import type { Unit } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf, type Values } from "../tensor";
import type { Form, Read } from "./unit";
import type { Context } from "./view";

export function unitTrace(ctx: Context, read: Read): Form {
  const element = h("div", { class: "kv-plot-box" });
  const dot = svg("circle", { class: "kv-dot", r: 4, visibility: "hidden" });
  let drawn: Plot | null = null;
  let values: Values = new Float32Array();
  const hover = (event: PointerEvent | null) => {
    const place = event && drawn && placeAt(drawn, event, values.length);
    const value = place === null ? undefined : values[place];
    dot.setAttribute(
      "visibility",
      value !== undefined && Number.isFinite(value) ? "visible" : "hidden",
    );
    if (place === null || value === undefined || !drawn) return read(null);
    dot.setAttribute("cx", String(drawn.x(place + 0.5)));
    dot.setAttribute("cy", String(drawn.y(value)));
    read(`${ctx.say("step")} ${place} = ${formatExact(value)}`);
  };
  element.addEventListener("pointermove", hover, { signal: ctx.signal });
  element.addEventListener("pointerleave", () => hover(null), { signal: ctx.signal });
  const show = (answer: Answer<Unit>, now: Context) => {
    values = tensorOf(answer.tensors, "values").values;
    drawn = drawTrace(answer, values, now);
    drawn.drawing.append(dot);
    element.replaceChildren(drawn.drawing);
  };
  return { element, show };
}

function drawTrace({ payload }: Answer<Unit>, values: Values, ctx: Context): Plot {
  const { say } = ctx;
  const label = say("trace_alt", {
    count: values.length,
    low: formatNumber(payload.domain.low),
    high: formatNumber(payload.domain.high),
    at: maximumOf(values)?.index ?? 0,
  });
  const places = { label: String, count: values.length };
  const names = { x: say("step"), label };
  const drawn = plot(plotSize(ctx), names, places, rangeWithZero(values));
  const { x, y, drawing } = drawn;
  const middle = Object.assign((value: number) => x(value + 0.5), { invert: x.invert });
  drawing.append(
    svg("line", { class: "kv-zero", x1: x(0), x2: x(values.length), y1: y(0), y2: y(0) }),
    svg("path", { class: "kv-trace", d: linePath(values, middle, y) }),
  );
  return drawn;
}
