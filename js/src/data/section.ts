/** All samples at once: what the model makes of them, and how they lie by what a layer makes of them. */
import { h, setText } from "../dom";
import { Panel, type PanelHost } from "../panel";
import type { Data, Offer } from "../protocol.gen";
import type { KernelGone, ProtocolMismatch, Rpc } from "../rpc";
import { Thumbs } from "../samples/thumbs";
import type { Scans } from "../scan/scans";
import type { Key } from "../store";
import type { Say } from "../text";
import { wordOf } from "../text";
import { wayName } from "../views/projection";
import type { Context } from "../views/view";
import type { WhyOwner } from "../why/place";
import type { DataLook, Filter, Wanted } from "./look";

const SLOT = "projection";

export interface AllOwner extends WhyOwner {
  readonly filter: Filter | null;
  leave(wanted: Wanted | null): void;
}

export class AllSamples {
  readonly element: HTMLElement;
  #owner: AllOwner;
  #rpc: Rpc;
  #thumbs: Thumbs;
  #data: Panel;
  #map: Panel;
  #title = h("h3", { class: "kv-section-title" });
  #mapTitle = h("h3", { class: "kv-section-title" });
  #hint = h("p", { class: "kv-muted kv-all-note" });
  #way = h("select", { class: "kv-select" });
  #colour = h("select", { class: "kv-select" });
  #labels = [h("span", { class: "kv-label" }), h("span", { class: "kv-label" })] as const;
  #button = h("button", { type: "button", class: "kv-button" });
  #offers: Pick<Data, "ways" | "colours"> = { ways: [], colours: [] };
  /** The share of the projection that is made; null: none is. */
  #share: number | null = null;
  /** What was projected last. */
  #shown: { layer: string; way: string } | null = null;
  #waiting = false;
  #known = "";

  constructor(owner: AllOwner, rpc: Rpc, scans: Scans, signal: AbortSignal) {
    this.#owner = owner;
    this.#rpc = rpc;
    this.#thumbs = new Thumbs(rpc, () => this.#soon(), signal, "all/");
    this.#data = new Panel(this.#host(), "data", signal);
    this.#map = new Panel(this.#host(), "map", signal);
    const [way, colour] = this.#labels;
    const controls = h(
      "div",
      { class: "kv-all-controls" },
      h("label", { class: "kv-choice" }, way, this.#way),
      h("label", { class: "kv-choice" }, colour, this.#colour),
      this.#button,
    );
    const head = h("div", { class: "kv-section-head" }, this.#title);
    const mapHead = h("div", { class: "kv-section-head" }, this.#mapTitle, controls);
    const parts = [head, this.#data.element, mapHead, this.#hint, this.#map.element];
    this.element = h("section", { class: "kv-all" }, ...parts);
    this.#button.addEventListener("click", () => void this.#press(), { signal });
    this.#colour.addEventListener("change", () => this.#shown && void this.#project(), { signal });
    scans.listen(() => this.#scanned(scans), signal);
    const observer = new ResizeObserver(() => this.recolor());
    observer.observe(this.element);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }

  /** What the scan says is asked for when something is known of it. */
  begin(): void {}

  #ask(): void {
    void this.#data.ask({ slot: "data", name: "data", params: {} });
  }

  #scanned({ facts, share, serial }: Scans): void {
    const known = `${serial} ${facts?.scanned} ${facts?.stale} ${facts?.samples}`;
    if (!facts || share !== null || known === this.#known) return;
    this.#known = known;
    this.#ask();
  }

  moved(changed: ReadonlySet<Key>): void {
    if (changed.has("layer")) this.#name();
    if (!changed.has("sample")) return;
    this.recolor();
    this.#ring();
  }

  recolor(): void {
    this.#data.refresh();
    this.#map.refresh();
  }

  speak(): void {
    const { say } = this.#owner.look();
    this.element.setAttribute("aria-label", say("all_samples"));
    setText(this.#title, say("all_samples"));
    setText(this.#mapTitle, say("all_map"));
    setText(this.#labels[0], say("all_way"));
    setText(this.#labels[1], say("all_colour"));
    this.#offer();
    this.#data.outdate();
    this.#map.outdate();
    this.#name();
  }

  asleep(on: boolean): void {
    for (const control of [this.#way, this.#colour, this.#button]) control.disabled = on;
  }

  // The map.

  async #press(): Promise<void> {
    if (this.#share !== null) return this.#rpc.cancel(SLOT);
    await this.#project();
  }

  async #project(): Promise<void> {
    const { layer } = this.#owner.state();
    const [way, colour] = [this.#way.value, this.#colour.value];
    if (!layer || this.#share !== null) return;
    this.#share = 0;
    this.#name();
    await this.#map.ask({ slot: SLOT, name: "projection", params: { layer, way, colour } });
    this.#share = null;
    this.#name();
  }

  /** Where the sample on the screen lies. */
  #ring(): void {
    if (!this.#shown) return;
    const params = { sample: this.#owner.state().sample, ...this.#shown };
    void this.#map.ask({ slot: "point", name: "projected_sample", params, part: true });
  }

  #name(): void {
    const { say } = this.#owner.look();
    const { layer } = this.#owner.state();
    const share = this.#share;
    const stop = `${say("all_stop")} ${Math.round((share ?? 0) * 100)} %`;
    setText(this.#button, share === null ? say("all_project", { layer }) : stop);
    this.#button.title = say("all_project_why");
    this.#button.hidden = !layer;
    setText(this.#hint, this.#shown ? "" : say("all_map_hint"));
    this.#hint.hidden = this.#shown !== null;
  }

  #offer(): void {
    const { say } = this.#owner.look();
    const { ways, colours } = this.#offers;
    fill(this.#way, ways, (name) => wayName(name), say);
    const named = (name: string) => (name ? wordOf(say, name) : say("all_no_colour"));
    fill(this.#colour, [...colours, { name: "", lacks: "" }], named, say);
  }

  // What the panels need.

  #soon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.recolor();
    });
  }

  #look(): DataLook {
    return {
      thumbs: this.#thumbs,
      filter: this.#owner.filter,
      leave: (wanted) => this.#owner.leave(wanted),
      choose: (sample) => this.#owner.choose({ sample }),
    };
  }

  #host(): PanelHost {
    const owner = this.#owner;
    return {
      request: (ask, onProgress) =>
        this.#rpc.request(ask.slot, ask.name, ask.params, (progress) => {
          onProgress(progress);
          if (ask.slot !== SLOT || progress.total === 0) return;
          this.#share = progress.done / progress.total;
          this.#name();
        }),
      context: (_, signal): Context => ({
        ...owner.look(),
        width: this.element.clientWidth || 600,
        height: 400,
        state: owner.state(),
        network: null,
        place: null,
        walk: owner.walking.walk,
        all: this.#look(),
        chart: (name, into) => owner.chart(name, into),
        emit: () => {},
        signal,
      }),
      wants: () => true,
      trouble: (error: KernelGone | ProtocolMismatch) => owner.trouble(error),
      arrived: (_, answer) => {
        const payload = answer?.payload;
        if (payload?.kind === "data") {
          this.#offers = payload;
          this.#offer();
        }
        if (payload?.kind !== "projection") return;
        this.#shown = { layer: payload.layer, way: payload.way };
        this.#ring();
      },
    };
  }
}

/** The choice stays as it is, where it can. */
function fill(
  select: HTMLSelectElement,
  offers: readonly Offer[],
  name: (name: string) => string,
  say: Say,
): void {
  const before = select.value;
  const options = offers.map((offer) => {
    const text = name(offer.name) + (offer.lacks ? ` (${lackOf(offer.lacks, say)})` : "");
    return h("option", { value: offer.name, text, disabled: offer.lacks !== "" });
  });
  select.replaceChildren(...options);
  const free = offers.filter(({ lacks }) => lacks === "").map(({ name: each }) => each);
  select.value = before && free.includes(before) ? before : (free[0] ?? "");
}

function lackOf(lacks: string, say: Say): string {
  if (lacks === "scan") return say("all_lacks_scan");
  return lacks === "labels" ? say("all_lacks_labels") : say("all_lacks", { name: lacks });
}
