/** The colour scale of a picture: its ramp, its ends, and what is not on it. */

import { h, setText } from "../dom";
import { type Table, tableFor } from "../draw/colormap";
import { formatCount, formatNumber } from "../draw/format";
import type { Domain } from "../protocol.gen";
import type { Context } from "../views/view";

export interface Legend {
  element: HTMLElement;
  update(domain: Domain, pooled: number, ctx: Context): void;
}

export function legend(): Legend {
  const low = h("span", { class: "kv-legend-end" });
  const ramp = h("span", { class: "kv-ramp" });
  const high = h("span", { class: "kv-legend-end" });
  const scale = h("span", { class: "kv-scale", role: "img" }, low, ramp, high);
  const notes = h("span", { class: "kv-chips" });
  const update = (domain: Domain, pooled: number, ctx: Context) => {
    const table = tableFor(domain.signed, ctx.dark, ctx.sequential);
    const ends = { low: formatNumber(domain.low), high: formatNumber(domain.high) };
    setText(low, ends.low);
    setText(high, ends.high);
    ramp.style.background = gradient(table);
    ramp.classList.toggle("kv-ramp-signed", domain.signed);
    scale.hidden = domain.low === domain.high; // one number: a note says which
    scale.setAttribute("aria-label", ctx.say("color_scale", ends));
    notes.replaceChildren(...chips(domain, pooled, table, ctx));
  };
  return { element: h("div", { class: "kv-legend" }, scale, notes), update };
}

/** The colours of a table from left to right. */
export function gradient(table: Table): string {
  const stops = Array.from({ length: 17 }, (_, i) => table.css((i / 16) * 254));
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

function chips(domain: Domain, pooled: number, table: Table, { say }: Context): HTMLElement[] {
  const out: HTMLElement[] = [];
  if (domain.nans > 0) {
    const text = say("nans", { count: formatCount(domain.nans) });
    out.push(chip(text, say("not_finite_why"), table.mark));
  }
  if (domain.infs > 0) {
    const text = say("infs", { count: formatCount(domain.infs) });
    out.push(chip(text, say("not_finite_why"), table.mark));
  }
  if (domain.clipped > 0) {
    const count = formatCount(domain.clipped);
    out.push(chip(say("clipped", { count }), say("clipped_why", { count })));
  }
  if (domain.low === domain.high && domain.nans + domain.infs === 0) {
    const zero = domain.low === 0;
    const text = zero ? say("all_zero") : `${say("constant")}: ${formatNumber(domain.low)}`;
    out.push(chip(text, zero ? say("all_zero_why") : ""));
  }
  if (pooled > 1) {
    const count = formatCount(pooled);
    out.push(chip(say("pooled", { count }), say("pooled_why", { count })));
  }
  return out;
}

function chip(text: string, why: string, color?: string): HTMLElement {
  const element = h("span", { class: "kv-chip", title: why });
  if (color) {
    const swatch = h("span", { class: "kv-swatch" });
    swatch.style.background = color;
    element.append(swatch);
  }
  element.append(text);
  return element;
}
