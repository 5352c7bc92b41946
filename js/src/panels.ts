/** The panels: what each is asked for when something moves, and what it draws with. */

import { h } from "./dom";
import type { Sequential } from "./draw/colormap";
import { Pages } from "./pages";
import { type Ask, Panel, type PanelHost } from "./panel";
import type { Calculation, Network, Payload, Progress } from "./protocol.gen";
import type { Answer, KernelGone, ProtocolMismatch, Rpc } from "./rpc";
import type { Key, Shared } from "./store";
import type { Say } from "./text";
import { PAGE } from "./views/map_grid";
import type { Context, ViewEvent } from "./views/view";
import { unitAxis, type Walk } from "./walk";

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
  readonly walk: Walk;
  look(): Look;
  act(event: Exclude<ViewEvent, { type: "option" }>): void;
  trouble(error: KernelGone | ProtocolMismatch): void;
  arrived(answer: Answer | null): void;
}

interface Size {
  width: number;
  height: number;
}

/** Of a vector all units fit into one answer; of maps Python sends a page whatever is asked. */
const MOST = 4096;

/** Drawn before the page has been measured. */
const FIRST: Size = { width: 560, height: 420 };

export class Panels implements PanelHost {
  network: Network | null = null;
  readonly all: Record<PanelName, Panel>;
  #owner: PanelsOwner;
  #rpc: Rpc;
  #pages: Pages;
  #options: Record<string, string | number> = {};
  #byUnit = false;
  #calculation: Calculation | null = null;
  #sizes = new Map<Panel, Size>();

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
    this.all.feeds.body.hidden = true;
    this.#measure(signal);
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
      ...(this.#sizes.get(panel) ?? FIRST),
      state: this.#owner.state(),
      network: this.network,
      place: this.#place(),
      walk: this.#owner.walk,
      emit: (event) => this.#act(event),
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
    if (panel === this.all.calculation) this.#calculated(payload);
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
    this.calculate();
    await network;
    await this.#askOverview();
  }

  /** What depends on `changed`. Resolves when the overview of a new sample is there. */
  async ask(changed: ReadonlySet<Key>): Promise<void> {
    const sample = changed.has("sample");
    const layer = sample || changed.has("layer");
    if (changed.has("layer")) this.all.overview.refresh();
    else if (changed.has("unit")) this.all.layer.refresh();
    if (changed.has("place")) this.#mark();
    const target = changed.has("target") && this.#options.show === "gradients";
    if (sample || changed.has("target")) void this.#askPrediction();
    const overview = sample ? this.#askOverview() : null;
    if (this.#owner.state().layer) {
      if (layer || target || (changed.has("unit") && this.#byUnit)) void this.#askLayer();
      if (layer || target || changed.has("unit")) void this.#askUnit();
    }
    if (layer || changed.has("unit") || changed.has("place")) this.calculate();
    else if (changed.has("target") && this.#owner.state().layer) this.#askFeeds();
    if (sample) this.#askMakers();
    await overview;
  }

  /** Where the chosen number comes from, or an inner result of it. */
  calculate(): void {
    const { sample, layer, unit, place } = this.#owner.state();
    const stage = this.#owner.walk.stand?.stage ?? "";
    this.all.calculation.element.hidden = layer === "";
    if (layer === "") return;
    const params = { sample, layer, unit, place, stage };
    void this.all.calculation.ask({ slot: "calculation", name: "calculation", params });
    this.#askFeeds();
  }

  /** Opens or closes the panel that says where a number goes. */
  follow(open: boolean): void {
    this.all.feeds.body.hidden = !open;
    this.#askFeeds();
  }

  #askFeeds(): void {
    const { sample, layer, unit, place, target } = this.#owner.state();
    this.all.feeds.element.hidden = layer === "";
    if (layer === "" || this.all.feeds.body.hidden) return;
    const params = { sample, layer, unit, place, target };
    void this.all.feeds.ask({ slot: "feeds", name: "feeds", params });
  }

  /** The same place of another unit of the chosen layer; null where that is not known. */
  moved(unit: number): readonly number[] | null {
    const { layer, place } = this.#owner.state();
    if (!place || this.#calculation?.path !== layer) return place;
    return place.with(unitAxis(this.#calculation.axes), unit);
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

  #calculated(payload: Payload | null): void {
    if (payload?.kind !== "calculation") return;
    this.#calculation = payload;
    this.#owner.walk.found(payload.path, payload.unit);
    this.all.calculation.refresh();
    this.#mark();
  }

  /** The chosen number is marked in the pictures of its layer. */
  #mark(): void {
    this.all.unit.refresh();
    this.all.layer.refresh();
  }

  #place(): readonly number[] | null {
    const { layer, sample, unit, place } = this.#owner.state();
    const found = this.#calculation;
    if (place || found?.path !== layer || found.sample !== sample) return place;
    return found.unit[unitAxis(found.axes)] === unit ? found.unit : null;
  }

  /** How a layer is looked at is this view's own affair, and stays so for the next layer that has the choice. */
  #act(event: ViewEvent): void {
    if (event.type !== "option") return this.#owner.act(event);
    this.#options = { ...this.#options, [event.name]: event.value };
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

  #measure(signal: AbortSignal): void {
    const observer = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const panel = PANELS.map((name) => this.all[name]).find(({ body }) => body === target);
        if (panel) this.#resized(panel, contentRect);
      }
    });
    for (const name of PANELS) observer.observe(this.all[name].body);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }

  #resized(panel: Panel, rect: Size): void {
    const size = { width: Math.floor(rect.width), height: Math.floor(rect.height) };
    const before = this.#sizes.get(panel);
    const same = before?.width === size.width && before.height === size.height;
    if (same || size.width === 0) return;
    this.#sizes.set(panel, size);
    panel.refresh();
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
