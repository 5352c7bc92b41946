/** Over the data: what the chosen unit does with all samples, once they were scanned. */
import { h, setText } from "../dom";
import type { Rpc } from "../rpc";
import type { Key } from "../store";
import type { WhyOwner } from "../why/place";
import { ScanBar } from "./bar";
import type { Scans } from "./scans";

export class OverData {
  readonly element: HTMLElement;
  #owner: WhyOwner;
  #bar: ScanBar;
  #title = h("h3", { class: "kv-section-title" });

  constructor(owner: WhyOwner, _: Rpc, scans: Scans, signal: AbortSignal) {
    this.#owner = owner;
    this.#bar = new ScanBar(scans, () => owner.look().say, signal);
    const head = h("div", { class: "kv-section-head" }, this.#title, this.#bar.element);
    this.element = h("section", { class: "kv-over-data" }, head);
  }

  begin(): void {}

  moved(_: ReadonlySet<Key>): void {}

  speak(): void {
    const { say } = this.#owner.look();
    this.element.setAttribute("aria-label", say("over_data"));
    setText(this.#title, say("over_data"));
    this.#bar.show();
  }

  recolor(): void {}

  asleep(on: boolean): void {
    this.#bar.disable(on);
  }
}
