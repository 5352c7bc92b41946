/** One unit, large and in exact numbers: as a map, as a trace over time, or as one value. */

import { h, setText, span } from "../dom";
import { formatNumber } from "../draw/format";
import { maximumOf, peakOf } from "../draw/pixels";
import { legend } from "../parts/legend";
import { tools } from "../parts/tools";
import type { Unit } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { unitMap } from "./unit_map";
import { unitTrace } from "./unit_trace";
import { unitValue } from "./unit_value";
import { asKind, type Context, type Rendered, type View } from "./view";

/** One form of the picture; `read` takes the text under the pointer, null for none. */
export interface Form {
  element: HTMLElement;
  show(answer: Answer<Unit>, ctx: Context): void;
}

export type Read = (text: string | null) => void;

const FORMS: Record<Unit["form"], (ctx: Context, read: Read) => Form> = {
  map: unitMap,
  trace: unitTrace,
  value: unitValue,
};

export const unit: View<Unit> = {
  kind: "unit",
  render(answer, ctx) {
    const scale = legend();
    const readout = h("output", { class: "kv-readout" });
    const facts = h("div", { class: "kv-figures" });
    const read: Read = (text) => {
      setText(readout, text ?? hintOf(answer.payload, ctx));
      readout.classList.toggle("kv-hint", text === null);
    };
    const form = FORMS[answer.payload.form](ctx, read);
    const bar = h("div", { class: "kv-view-scale" }, scale.element, readout);
    const picture = h("div", { class: "kv-picture" }, form.element);
    const aside = tools(() => element, ctx.signal);
    const foot = h("div", { class: "kv-foot" }, facts, aside.element);
    const kind = `kv-view kv-unit-${answer.payload.form}`;
    const element = h("div", { class: kind }, bar, picture, foot);
    let shown = answer;
    const refresh = (now: Context) => {
      const { domain, pooled, path, code } = shown.payload;
      aside.update(code, `${path} ${shown.payload.unit}`, now.say);
      scale.update(domain, pooled, now);
      form.show(shown, now);
      facts.replaceChildren(...figures(shown, now));
    };
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "unit");
      if (found?.payload.form !== shown.payload.form) return false;
      shown = found;
      refresh(now);
      return true;
    };
    read(null);
    refresh(ctx);
    return { element, update, refresh };
  },
};

function hintOf({ form }: Unit, { say }: Context): string {
  if (form === "value") return "";
  return say(form === "trace" ? "hover_step" : "hover_hint");
}

/** Smallest, largest and mean value of the unit, and where the largest is. */
function figures({ payload, tensors }: Answer<Unit>, { say }: Context): HTMLElement[] {
  if (payload.form === "value") return [];
  const { values, shape } = tensorOf(tensors, "values");
  const best = maximumOf(values);
  const worst = maximumOf(values.map((value) => -value));
  const stride = payload.form === "map" ? Math.round(Math.sqrt(payload.pooled)) : payload.pooled;
  const columns = shape[1] ?? 0;
  const place =
    best && (columns ? [Math.floor(best.index / columns), best.index % columns] : [best.index]);
  const at = place ? ` [${place.map((index) => index * stride).join(", ")}]` : "";
  return [
    figure(say("minimum"), formatNumber(worst && -worst.value)),
    figure(say("mean"), formatNumber(payload.mean)),
    figure(
      say("maximum"),
      formatNumber(best?.value) + at,
      peakOf(values) ? "kv-figure-maximum" : "",
    ),
    payload.index.length > 0 && figure(say("slice"), payload.index.join(", ")),
  ].filter((each) => each instanceof HTMLElement);
}

function figure(name: string, value: string, className = ""): HTMLElement {
  return h("div", { class: className }, span("kv-muted", name), h("span", { text: value }));
}
