/** Over the data: what the chosen unit does with all samples, once they were scanned. */
import { h, setText } from "../dom";
import { Panel } from "../panel";
import type { Rpc } from "../rpc";
import type { Section } from "../sections";
import type { Key } from "../store";
import { FIRST_LOOK } from "../why/look";
import { placeOf, type WhyOwner } from "../why/place";
import { followWidth } from "../width";
import { ScanBar } from "./bar";
import type { Scans } from "./scans";

const SLOT = "unit_data";
const FOLLOWED: readonly Key[] = ["sample", "layer", "unit"];

export class OverData implements Section {
  readonly element: HTMLElement;
  #owner: WhyOwner;
  #scans: Scans;
  #bar: ScanBar;
  #panel: Panel;
  #title = h("h3", { class: "kv-section-title" });
  #width = 560;
  #asleep = false;
  /** The scan that is on the screen. */
  #shown = "";

  constructor(owner: WhyOwner, rpc: Rpc, scans: Scans, signal: AbortSignal) {
    this.#owner = owner;
    this.#scans = scans;
    this.#bar = new ScanBar(scans, () => owner.look().say, signal);
    const host = placeOf(owner, rpc, {
      wants: ({ params }) => params.layer === owner.state().layer && scans.there,
      why: () => ({ ...FIRST_LOOK, compact: false, shared: null, change: () => {} }),
      width: () => this.#width,
      emit: (event) => owner.act(event),
      arrived: () => {},
    });
    this.#panel = new Panel(host, "unit-data", signal);
    this.#panel.element.hidden = true;
    const head = h("div", { class: "kv-section-head" }, this.#title, this.#bar.element);
    this.element = h("section", { class: "kv-over-data" }, head, this.#panel.element);
    scans.listen(() => this.#scanned(), signal);
    followWidth(
      this.element,
      (width) => {
        this.#width = width;
        this.recolor();
      },
      signal,
    );
  }

  begin(): void {
    this.#shown = "";
  }

  moved(changed: ReadonlySet<Key>): void {
    if (FOLLOWED.some((key) => changed.has(key))) this.#ask();
  }

  speak(): void {
    const { say } = this.#owner.look();
    this.element.setAttribute("aria-label", say("over_data"));
    setText(this.#title, say("over_data"));
    this.#panel.outdate();
    this.#bar.show();
  }

  recolor(): void {
    this.#panel.refresh();
  }

  asleep(on: boolean): void {
    this.#asleep = on;
    this.#bar.disable(on);
  }

  #scanned(): void {
    const { facts, share, there } = this.#scans;
    this.#panel.element.hidden = !there;
    const now = JSON.stringify({ ...facts, seconds: 0, serial: this.#scans.serial });
    if (share !== null || now === this.#shown) return;
    this.#shown = now;
    this.#ask();
  }

  #ask(): void {
    const { sample, layer, unit } = this.#owner.state();
    if (this.#asleep || !this.#scans.there || !layer) return;
    const params = { sample, layer, unit };
    void this.#panel.ask({ slot: SLOT, name: "unit_data", params, keep: true });
  }
}
