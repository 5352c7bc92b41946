/** A unit that is one number: the number, and where it lies in its layer. */

import { h, setText } from "../dom";
import { tableFor } from "../draw/colormap";
import { formatExact, formatNumber } from "../draw/format";
import { levelOf } from "../draw/pixels";
import { gradient } from "../parts/legend";
import { tensorOf } from "../tensor";
import type { Form } from "./unit";
import type { Context } from "./view";

export function unitValue(_ctx: Context): Form {
  const number = h("output", { class: "kv-big" });
  const needle = h("span", { class: "kv-needle" });
  const ruler = h("div", { class: "kv-ruler", "aria-hidden": "true" }, needle);
  const low = h("span");
  const high = h("span");
  const ends = h("div", { class: "kv-ruler-ends", "aria-hidden": "true" }, low, high);
  return {
    element: h("div", { class: "kv-value" }, number, h("div", {}, ruler, ends)),
    show({ payload, tensors }, ctx) {
      const value = tensorOf(tensors, "values").values[0] ?? Number.NaN;
      const { domain } = payload;
      setText(number, formatExact(value));
      const span = domain.high - domain.low;
      const finite = Number.isFinite(value) && span > 0;
      needle.hidden = !finite;
      needle.style.left = `${finite ? ((value - domain.low) / span) * 100 : 0}%`;
      const table = tableFor(domain.signed, ctx.dark, ctx.sequential);
      needle.style.background = table.css(levelOf(value, domain));
      ruler.style.background = gradient(table);
      ruler.hidden = span === 0; // nothing to lie between
      setText(low, span === 0 ? "" : formatNumber(domain.low));
      setText(high, span === 0 ? "" : formatNumber(domain.high));
      ruler.classList.toggle("kv-ruler-signed", domain.signed);
    },
  };
}
