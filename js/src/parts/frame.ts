/** What surrounds every picture of a layer: its name and facts, what can be chosen, the colour scale, the readout. */

import { h, setText } from "../dom";
import { formatShape } from "../draw/format";
import type { Domain, LayerHead } from "../protocol.gen";
import { axesText } from "../text";
import type { Context } from "../views/view";
import { controlBar } from "./controls";
import { legend } from "./legend";
import { tools } from "./tools";

export interface Frame {
  element: HTMLElement;
  picture: HTMLElement;
  /** `domain` is that of the colour scale; null where the pictures have scales of their own. */
  update(head: LayerHead, pooled: number, ctx: Context, domain?: Domain | null): void;
  /** A remark on the picture as a whole. */
  note(text: string): void;
  /** The number under the pointer; null brings the hint back. */
  read(text: string | null): void;
}

export function frame(hint: string, ctx: Context): Frame {
  const name = h("h3", { class: "kv-name" });
  const kind = h("span", { class: "kv-tag" });
  const facts = h("span", { class: "kv-facts" });
  const remark = h("span", { class: "kv-facts" });
  const scale = legend();
  const readout = h("output", { class: "kv-readout" });
  const picture = h("div", { class: "kv-picture" });
  const bar = controlBar(ctx);
  const aside = tools(() => element, ctx.signal);
  const element = h(
    "div",
    { class: "kv-view" },
    h("div", { class: "kv-view-head" }, name, kind, facts, remark, aside.element),
    bar.element,
    h("div", { class: "kv-view-scale" }, scale.element, readout),
    picture,
  );
  const read = (text: string | null) => {
    setText(readout, text ?? hint);
    readout.classList.toggle("kv-hint", text === null);
  };
  read(null);
  const update: Frame["update"] = (head, pooled, now, domain = head.domain) => {
    setText(name, head.path);
    setText(kind, head.layer_kind);
    setText(facts, `${formatShape(head.shape)} · ${axesText(now.say, head.axes)} · ${head.dtype}`);
    facts.title = now.say("shape");
    bar.update(head, now);
    aside.update(head.code, `${head.path} ${head.aspect}`, now.say);
    scale.element.hidden = domain === null;
    if (domain) scale.update(domain, pooled, now);
  };
  return { element, picture, update, read, note: (text) => setText(remark, text) };
}
