/** What surrounds every picture of a layer: its name and facts, the colour scale, the readout. */

import { h, setText } from "../dom";
import { formatShape } from "../draw/format";
import type { LayerHead } from "../protocol.gen";
import type { Context } from "../views/view";
import { legend } from "./legend";

export interface Frame {
  element: HTMLElement;
  picture: HTMLElement;
  update(head: LayerHead, pooled: number, ctx: Context): void;
  /** A remark on the picture as a whole. */
  note(text: string): void;
  /** The number under the pointer; null brings the hint back. */
  read(text: string | null): void;
}

export function frame(hint: string): Frame {
  const name = h("h3", { class: "kv-name" });
  const kind = h("span", { class: "kv-tag" });
  const facts = h("span", { class: "kv-facts" });
  const remark = h("span", { class: "kv-facts" });
  const scale = legend();
  const readout = h("output", { class: "kv-readout" });
  const picture = h("div", { class: "kv-picture" });
  const element = h(
    "div",
    { class: "kv-view" },
    h("div", { class: "kv-view-head" }, name, kind, facts, remark),
    h("div", { class: "kv-view-scale" }, scale.element, readout),
    picture,
  );
  const read = (text: string | null) => {
    setText(readout, text ?? hint);
    readout.classList.toggle("kv-hint", text === null);
  };
  read(null);
  const update = (head: LayerHead, pooled: number, ctx: Context) => {
    setText(name, head.path);
    setText(kind, head.layer_kind);
    setText(facts, `${formatShape(head.shape)} · ${head.axes.join(" × ")} · ${head.dtype}`);
    facts.title = ctx.say("shape");
    scale.update(head.domain, pooled, ctx);
  };
  return { element, picture, update, read, note: (text) => setText(remark, text) };
}
