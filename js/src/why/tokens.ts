/** A text in the colours of what its words did. */
import { h } from "../dom";
import { formatExact, formatNumber } from "../draw/format";
import { levelOf } from "../draw/pixels";
import type { Context } from "../views/view";
import { inkOn } from "./blend";
import { type Draw, domainOf, type Shown, tableOf, valuesOf } from "./figure";

/** With no more words than these each has its number under it. */
const NUMBERED = 16;

/** A sign for a token that nobody would see. */
export function visible(token: string): string {
  if (token.trim()) return token;
  return token.replace(/\t/g, "⇥").replace(/\n/g, "⏎").replace(/\s/g, "␣") || "∅";
}

export const tokens: Draw = (ctx, read) => {
  const element = h("div", { class: "kv-why-tokens", role: "list" });
  const over = ({ target }: Event) => {
    const word = target instanceof Element ? target.closest<HTMLElement>("[data-value]") : null;
    read(word?.title ?? null);
  };
  element.addEventListener("pointerover", over, { signal: ctx.signal });
  element.addEventListener("pointerleave", () => read(null), { signal: ctx.signal });
  const show = (shown: Shown, context: Context) => {
    const values = valuesOf(shown);
    const domain = domainOf(shown.evidence, context);
    const table = tableOf(shown, context);
    const { low, high, labels } = shown.evidence;
    const ends = { low: formatNumber(low), high: formatNumber(high) };
    element.setAttribute("aria-label", context.say("why_tokens_alt", ends));
    const words = labels.map((text, i) => {
      const value = values[i] ?? Number.NaN;
      const word = h("span", {
        class: "kv-why-token",
        role: "listitem",
        "data-value": formatExact(value),
        title: `${text.trim() ? text : JSON.stringify(text)}: ${formatExact(value)}`,
        text: visible(text),
      });
      if (labels.length <= NUMBERED)
        word.append(h("small", { "aria-hidden": "true", text: formatNumber(value, 2) }));
      word.style.background = table.css(levelOf(value, domain));
      word.style.color = inkOn(value, domain, table);
      return word;
    });
    element.replaceChildren(...words);
  };
  return { element, show };
};
