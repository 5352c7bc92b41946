/** Bars above the picture: the kernel is gone, a change was refused, the versions do not fit. */
import { h } from "./dom";
import { PROTOCOL } from "./protocol.gen";
import { messageOf } from "./rpc";
import type { Say } from "./text";

export type NoticeName = "kernel" | "waiting" | "set" | "version";

export class Notices {
  #place: HTMLElement;
  #shown = new Map<NoticeName, HTMLElement>();

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Shows or replaces the notice `name`; with `dismiss`, a button's text, it can be closed. */
  show(
    name: NoticeName,
    tone: "calm" | "bad",
    text: string,
    { dismiss = "", title = "" } = {},
  ): void {
    this.hide(name);
    const bar = h(
      "div",
      { class: `kv-notice kv-notice-${tone}`, role: tone === "bad" ? "alert" : "status" },
      h("div", {}, title && h("strong", { text: title }), h("span", { text })),
    );
    if (dismiss) {
      const button = h("button", { type: "button", class: "kv-button", text: dismiss });
      button.addEventListener("click", () => this.hide(name), { once: true });
      bar.append(button);
    }
    this.#shown.set(name, bar);
    this.#place.append(bar);
  }

  /** The two halves are of different versions. */
  mismatch(theirs: unknown, say: Say): void {
    const text = say("mismatch", { theirs: String(theirs), ours: PROTOCOL });
    this.show("version", "bad", text, { title: say("mismatch_title") });
  }

  /** Python did not take a change. */
  refused(error: unknown, say: Say): void {
    const text = `${say("set_failed")} ${messageOf(error)}`;
    this.show("set", "bad", text, { dismiss: say("dismiss") });
  }

  hide(name: NoticeName): void {
    this.#shown.get(name)?.remove();
    this.#shown.delete(name);
  }
}
