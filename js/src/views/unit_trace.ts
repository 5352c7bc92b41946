/** One unit over time. */

import { h, svg } from "../dom";
import { formatExact, formatNumber } from "../draw/format";
import { linePath } from "../draw/paths";
import { maximumOf, peakOf } from "../draw/pixels";
import { type Plot, placeAt, plot, plotSize, rangeWithZero } from "../parts/plot";
import type { Unit } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf, type Values } from "../tensor";
import type { Form, Read } from "./unit";
import { chosenIn, placeIn } from "./unit_map";
import { columnAt } from "./units";
import type { Context } from "./view";

export function unitTrace(ctx: Context, read: Read): Form {
  const element = h("div", { class: "kv-plot-box kv-clickable" });
  const dot = svg("circle", { class: "kv-dot", r: 4, visibility: "hidden" });
  let drawn: Plot | null = null;
  let payload: Unit | null = null;
  let values: Values = new Float32Array();
  let chosen = -1;
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
  const choose = (step: number) => {
    if (payload) ctx.emit({ type: "unit", unit: payload.unit, place: placeIn(payload, -1, step) });
  };
  const click = (event: MouseEvent) => drawn && choose(placeAt(drawn, event, values.length));
  const { signal } = ctx;
  element.addEventListener("pointermove", hover, { signal });
  element.addEventListener("pointerleave", () => hover(null), { signal });
  element.addEventListener("click", click, { signal });
  stepKeys(element, { count: () => values.length, at: () => chosen, choose }, signal);
  const show = (answer: Answer<Unit>, now: Context) => {
    payload = answer.payload;
    chosen = chosenIn(payload, now.place)?.column ?? -1;
    values = tensorOf(answer.tensors, "values").values;
    drawn = drawTrace(answer, values, now);
    drawn.drawing.append(dot);
    if (chosen >= 0) drawn.drawing.prepend(columnAt(drawn, chosen));
    element.setAttribute("aria-label", now.say("trace_keys"));
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
  const peak = peakOf(values);
  if (peak) {
    const corner = { x: middle(peak.index) - 4, y: y(peak.value) - 4 };
    drawing.append(svg("rect", { class: "kv-trace-peak", ...corner, width: 8, height: 8 }));
  }
  return drawn;
}

interface Steps {
  count(): number;
  at(): number;
  choose(step: number): void;
}

/** ← and → move along the trace. */
function stepKeys(element: HTMLElement, { count, at, choose }: Steps, signal: AbortSignal): void {
  element.tabIndex = 0;
  element.setAttribute("role", "application");
  element.dataset.lmSuppressShortcuts = "true";
  const act = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.altKey) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(count() - 1, at() + by)));
  };
  element.addEventListener("keydown", act, { signal });
}
