/** The panels: what each is asked for when something moves, and what it draws with. */

import { h } from "./dom";
import type { Sequential } from "./draw/colormap";
import { Numbers } from "./numbers";
import { Pages } from "./pages";
import { type Ask, Panel, type PanelHost } from "./panel";
import type { Marks, Network, Payload, Progress } from "./protocol.gen";
import type { Answer, KernelGone, ProtocolMismatch, Rpc } from "./rpc";
import { Sizes } from "./sizes";
import type { Key, Shared } from "./store";
import type { Say } from "./text";
import { PAGE } from "./views/map_grid";
import type { Context, ViewEvent } from "./views/view";
import type { Walk } from "./walk";

export const PANELS = [
  "prediction",
  "overview",
  "layer",
  "unit",
  "calculation",
  "feeds",
  "own",
] as const;
export type PanelName = (typeof PANELS)[number];

export interface Look {
  say: Say;
  dark: boolean;
  sequential: Sequential;
}

export interface PanelsOwner {
  state(): Readonly<Shared>;
  readonly walking: { readonly walk: Walk };
  look(): Look;
  act(event: ViewEvent): void;
  trouble(error: KernelGone | ProtocolMismatch): void;
  arrived(answer: Answer | null): void;
}

/** Of a vector all units fit into one answer; of maps Python sends a page whatever is asked. */
const MOST = 4096;

export class Panels implements PanelHost {
  network: Network | null = null;
  #marks: Marks | null = null;
  readonly all: Record<PanelName, Panel>;
  #owner: PanelsOwner;
  #rpc: Rpc;
  #pages: Pages;
  #options: Record<string, string | number> = {};
  #byUnit = false;
  #sizes: Sizes;
  readonly numbers: Numbers;

  constructor(owner: PanelsOwner, rpc: Rpc, signal: AbortSignal) {
    this.#owner = owner;
    this.#rpc = rpc;
    this.#pages = new Pages(() => this.#askPages(), signal);
    this.all = {
      prediction: new Panel(this, "prediction", signal),
      overview: new Panel(this, "overview", signal),
      layer: new Panel(this, "layer", signal),
      unit: new Panel(this, "unit", signal),
      calculation: new Panel(this, "calculation", signal),
      feeds: new Panel(this, "feeds", signal),
      own: new Panel(this, "own", signal),
    };
    this.all.own.element.hidden = true;
    this.numbers = new Numbers(owner, this.all);
    const { calculation, feeds } = this.all;
    this.#sizes = new Sizes(Object.values(this.all), [calculation, feeds], signal);
  }

  elements(): Record<PanelName, HTMLElement> {
    const elements = PANELS.map((name) => [name, this.all[name].element]);
    return Object.fromEntries(elements) as Record<PanelName, HTMLElement>;
  }

  // What a panel needs.

  request(ask: Ask, onProgress: (progress: Progress) => void): Promise<Answer> {
    return this.#rpc.request(ask.slot, ask.name, ask.params, onProgress);
  }

  wants({ params }: Ask): boolean {
    return params.layer === undefined || params.layer === this.#owner.state().layer;
  }

  context(panel: Panel, signal: AbortSignal): Context {
    return {
      ...this.#owner.look(),
      ...this.#sizes.of(panel),
      state: this.#owner.state(),
      network: this.network,
      marks: this.#marks,
      place: this.numbers.place,
      walk: this.#owner.walking.walk,
      emit: (event) => this.#owner.act(event),
      signal,
    };
  }

  trouble(error: KernelGone | ProtocolMismatch): void {
    this.#owner.trouble(error);
  }

  arrived(panel: Panel, answer: Answer | null): void {
    const payload = answer?.payload ?? null;
    if (payload?.kind === "network") this.network = payload;
    if (panel === this.all.layer) {
      this.#byUnit = payloadHas(payload, "unit");
      this.#pages.watch(panel.body);
      this.#askPages();
    }
    if (panel === this.all.calculation) this.numbers.arrived(payload);
    this.#owner.arrived(answer);
  }

  // What is asked.

  /** Everything, the list of layers first. */
  async askAll(): Promise<void> {
    const network = this.all.overview.ask({ slot: "network", name: "network", params: {} });
    const { layer } = this.#owner.state();
    void this.#askPrediction();
    this.#askMakers();
    if (layer) void this.#askLayer();
    if (layer) void this.#askUnit();
    else this.#hint();
    this.numbers.ask();
    await network;
    await this.#askOverview();
  }

  /** What depends on `changed`. Resolves when the overview of a new sample is there. */
  async ask(changed: ReadonlySet<Key>): Promise<void> {
    const sample = changed.has("sample");
    const layer = sample || changed.has("layer");
    if (changed.has("layer")) this.all.overview.refresh();
    else if (changed.has("unit")) this.all.layer.refresh();
    if (changed.has("place")) this.numbers.mark();
    const target = changed.has("target") && this.#options.show === "gradients";
    if (sample || changed.has("target")) void this.#askPrediction();
    const overview = sample ? this.#askOverview() : null;
    if (this.#owner.state().layer) {
      if (layer || target || (changed.has("unit") && this.#byUnit)) void this.#askLayer();
      if (layer || target || changed.has("unit")) void this.#askUnit();
    }
    if (layer || changed.has("unit") || changed.has("place")) this.numbers.ask();
    else if (changed.has("target") && this.#owner.state().layer) this.numbers.askFeeds();
    if (sample) this.#askMakers();
    await overview;
  }

  /** There is another scan, or it does not hold any more: cards are marked by it, maps sorted. */
  async scanned(): Promise<void> {
    if (this.#owner.state().layer) void this.#askLayer();
    const answer = await this.#rpc.request("marks", "marks", {}).catch(() => null);
    if (answer?.payload.kind !== "marks") return;
    this.#marks = answer.payload;
    this.all.overview.refresh();
  }

  /** Draws everything again: other colours, another language. */
  refresh(): void {
    for (const name of PANELS) this.all[name].refresh();
  }

  #askPrediction(): Promise<void> {
    const { sample, target } = this.#owner.state();
    const params = { sample, target };
    return this.all.prediction.ask({ slot: "prediction", name: "prediction", params });
  }

  async #askOverview(): Promise<void> {
    const { sample } = this.#owner.state();
    if (!this.network) return;
    const params = { sample };
    await this.all.overview.ask({ slot: "overview", name: "overview", params, part: true });
  }

  #askLayer(): Promise<void> {
    const { sample, layer, target } = this.#owner.state();
    const params = { sample, layer, start: 0, count: MOST, target, options: this.#chosen() };
    return this.all.layer.ask({ slot: "layer", name: "layer", params });
  }

  #askUnit(): Promise<void> {
    const { sample, layer, unit, target } = this.#owner.state();
    const params = { sample, layer, unit, target, options: this.#chosen() };
    return this.all.unit.ask({ slot: "unit", name: "unit", params });
  }

  /** What was chosen of the picture's controls; the unit is one of them where a picture shows one unit. */
  #chosen(): Record<string, string | number> {
    return { ...this.#options, unit: this.#owner.state().unit };
  }

  /** Opens or closes the panel where a person makes an input. */
  unfold(open: boolean): void {
    this.all.own.element.hidden = !open;
    this.#askMakers();
  }

  #askMakers(): void {
    const { sample } = this.#owner.state();
    if (this.all.own.element.hidden) return;
    void this.all.own.ask({
      slot: "makers",
      name: "makers",
      params: { sample },
      part: this.all.own.drawn,
    });
  }

  /** How a layer is looked at is this view's own affair, and stays so for the next layer that has the choice. */
  option({ name, value }: { name: string; value: string | number }): void {
    this.#options = { ...this.#options, [name]: value };
    void this.#askLayer();
    if (this.#owner.state().layer) void this.#askUnit();
  }

  /** The pages of maps that came into sight, or show the sample before this one. */
  #askPages(): void {
    const { sample, layer, target } = this.#owner.state();
    const options = this.#chosen();
    for (const start of this.#pages.missing(layer, sample)) {
      const params = { sample, layer, start, count: PAGE, target, options };
      void this.all.layer.ask({ slot: `layer/${start}`, name: "layer", params, part: true });
    }
  }

  #hint(): void {
    const { say } = this.#owner.look();
    this.all.layer.put(h("p", { class: "kv-empty kv-muted", text: say("choose_layer") }));
  }
}

/** Whether a control of that name belongs to the picture: then it shows one unit's part of the layer. */
function payloadHas(payload: Payload | null, name: string): boolean {
  return (
    payload !== null &&
    "head" in payload &&
    payload.head.controls.some((each) => each.name === name)
  );
}
