/** Features of a table, or units of a layer: the strongest first, each with its name, its number and its bar. */
import { h } from "../dom";
import { formatNumber } from "../draw/format";
import { levelOf } from "../draw/pixels";
import { rangeWithZero } from "../parts/plot";
import type { Context } from "../views/view";
import { type Draw, domainOf, type Shown, tableOf, valuesOf } from "./figure";

const MOST = 24;
const COMPACT = 10;

export const bars: Draw = () => {
  const element = h("div", { class: "kv-why-bars" });
  const show = (shown: Shown, ctx: Context) => {
    const values = valuesOf(shown);
    const order = Array.from(values, (_, i) => i).sort(
      (a, b) => sizeOf(values, b) - sizeOf(values, a),
    );
    const most = ctx.why?.compact ? COMPACT : MOST;
    const rows = order.slice(0, most).flatMap((i) => row(i, shown, ctx));
    const list = h("div", { class: "kv-why-rows", role: "list", "aria-label": altOf(shown, ctx) });
    list.append(...rows);
    const rest = order.slice(most);
    const sum = rest.reduce((total, i) => total + (values[i] ?? 0), 0);
    const more = { count: rest.length, sum: formatNumber(sum) };
    const text = rest.length > 0 ? ctx.say("why_rest", more) : "";
    element.replaceChildren(list, h("p", { class: "kv-muted", text }));
  };
  return { element, show };
};

function sizeOf(values: ArrayLike<number>, i: number): number {
  return Math.abs(values[i] ?? 0);
}

function row(i: number, shown: Shown, ctx: Context): HTMLElement[] {
  const { evidence, tensors, place } = shown;
  const domain = domainOf(evidence, ctx);
  const [low, high] = rangeWithZero([domain.low, domain.high]);
  const share = (value: number) => `${((value - low) / (high - low)) * 100}%`;
  const value = valuesOf(shown)[i] ?? Number.NaN;
  const given = tensors.get(`input${place}`)?.values[i];
  const name =
    evidence.labels[i] ?? ctx.say(evidence.over ? "why_feature" : "why_unit", { number: i });
  const bar = h("span", { class: "kv-named-bar" });
  bar.style.left = share(Math.min(0, value));
  bar.style.right = `calc(100% - ${share(Math.max(0, value))})`;
  bar.style.background = tableOf(shown, ctx).css(levelOf(value, domain));
  const zero = h("span", { class: "kv-why-zero" });
  zero.style.left = share(0);
  return [
    h(
      "div",
      { class: "kv-named-row", role: "listitem" },
      h("span", { class: "kv-named-name", text: name, title: name }),
      h("span", {
        class: "kv-why-given",
        text: given === undefined ? "" : `= ${formatNumber(given)}`,
      }),
      h("span", { class: "kv-named-track" }, zero, bar),
      h("span", { class: "kv-named-value", text: formatNumber(value) }),
    ),
  ];
}

function altOf({ evidence }: Shown, { say }: Context): string {
  const { low, high } = evidence;
  return say("why_bars_alt", { low: formatNumber(low), high: formatNumber(high) });
}
