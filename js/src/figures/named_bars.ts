/** Bars of places that have names: one row each, its number beside it. */
import { h } from "../dom";
import { tableFor } from "../draw/colormap";
import { formatNumber } from "../draw/format";
import { levelOf } from "../draw/pixels";
import { rangeWithZero } from "../parts/plot";
import type { Figure } from "../protocol.gen";
import type { Tensor } from "../tensor";
import type { Context } from "../views/view";
import { altOf, placeName } from "./figure";

/** More than these are drawn along an axis. */
export const MOST_NAMED = 40;

export function namedBars(figure: Figure, tensor: Tensor, ctx: Context): HTMLElement {
  const table = tableFor(figure.domain.signed, ctx.dark, ctx.sequential);
  const [low, high] = rangeWithZero([figure.domain.low, figure.domain.high]);
  const share = (value: number) => `${((value - low) / (high - low)) * 100}%`;
  const rows = Array.from(tensor.values, (value, i) => {
    const name = placeName(figure.axes[0], i);
    const bar = h("span", { class: "kv-named-bar" });
    bar.style.left = share(Math.min(0, value));
    bar.style.right = `calc(100% - ${share(Math.max(0, value))})`;
    const colour = table.css(levelOf(value, figure.domain));
    bar.style.background = figure.plain ? "var(--kv-bar)" : colour;
    return h(
      "div",
      { class: "kv-named-row", role: "listitem" },
      h("span", { class: "kv-named-name", text: name, title: name }),
      h("span", { class: "kv-named-track" }, bar),
      h("span", { class: "kv-named-value", text: formatNumber(value) }),
    );
  });
  return h(
    "div",
    { class: "kv-named", role: "list", "aria-label": altOf(figure, tensor, ctx) },
    ...rows,
  );
}
