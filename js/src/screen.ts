/** The elements of the stage and where they stand; no behaviour. */

import { h, setText } from "./dom";
import { SEQUENTIAL, type Sequential } from "./draw/colormap";
import { formatCount } from "./draw/format";
import type { PanelName } from "./panels";
import { icon, nameButton, Stepper } from "./parts/stepper";
import type { Card, Network } from "./protocol.gen";
import type { Say } from "./text";

const PLAY = "M5 3.5v9l7-4.5z";
const PAUSE = "M5.5 3.5v9M10.5 3.5v9";

/** Where "[" is a letter. */
const TYPED = "[type=number], [type=text], textarea, select";

export interface ScreenEvents {
  sample(value: number): void;
  unit(value: number): void;
  play(): void;
  colors(name: Sequential): void;
}

export class Screen {
  readonly root = h("div", {
    class: "kv-stage",
    role: "group",
    tabindex: -1,
    "data-lm-suppress-shortcuts": "true",
  });
  readonly sample: Stepper;
  readonly unit: Stepper;
  readonly notices = h("div", { class: "kv-notices" });
  readonly #title = h("h2", { class: "kv-title" });
  readonly #facts = h("span", { class: "kv-facts" });
  readonly #play = h("button", { type: "button", class: "kv-icon kv-play" });
  readonly #colors = h("select", { class: "kv-select" });
  readonly #colorsLabel = h("span", { class: "kv-label" });

  constructor(events: ScreenEvents, signal: AbortSignal) {
    this.sample = new Stepper(events.sample, signal);
    this.unit = new Stepper(events.unit, signal);
    this.sample.element.append(this.#play);
    this.#play.addEventListener("click", events.play, { signal });
    this.root.addEventListener("keydown", (event) => this.#key(event), { signal });
    for (const name of SEQUENTIAL) this.#colors.append(h("option", { value: name, text: name }));
    const chosen = () => SEQUENTIAL.find((name) => name === this.#colors.value);
    this.#colors.addEventListener("change", () => events.colors(chosen() ?? "viridis"), { signal });
  }

  /** "[" and "]" step through the samples from anywhere in the widget. */
  #key(event: KeyboardEvent): void {
    const steps: Record<string, number> = { "[": -1, "]": 1 };
    const step = steps[event.key];
    const typing = event.target instanceof Element && event.target.matches(TYPED);
    if (step === undefined || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.sample.step(step);
  }

  /** Puts the panels into their places. */
  assemble(panels: Record<PanelName, HTMLElement>, own: HTMLElement): void {
    this.sample.element.append(own);
    const colors = h("label", { class: "kv-colors" }, this.#colorsLabel, this.#colors);
    const head = h("header", { class: "kv-head" }, this.#title, this.#facts, colors);
    const top = h("div", { class: "kv-top" }, this.sample.element, panels.prediction);
    panels.unit.prepend(this.unit.element);
    const detail = h("div", { class: "kv-detail" }, panels.layer, panels.unit);
    this.root.replaceChildren(this.notices, head, top, panels.own, panels.overview, detail);
  }

  /** Every word that does not depend on the model. */
  speak(say: Say): void {
    this.sample.name({
      label: say("sample"),
      previous: say("previous_sample"),
      next: say("next_sample"),
    });
    this.unit.name({ label: say("unit"), previous: say("previous_unit"), next: say("next_unit") });
    setText(this.#colorsLabel, say("colors"));
  }

  describe(title: string, network: Network | null, say: Say): void {
    const name = title || network?.model_name || "";
    setText(this.#title, name);
    this.root.setAttribute("aria-label", say("stage", { name }));
    if (!network) return;
    const parts = [say("layers", { count: network.cards.length })];
    const parameters = countParameters(network.cards);
    if (parameters) parts.push(say("parameters", { count: formatCount(parameters) }));
    setText(this.#facts, parts.join(" · "));
  }

  /** Without pictures only the saved facts are worth their room. */
  bare(on: boolean): void {
    this.root.classList.toggle("kv-bare", on);
  }

  /** `own` colours, or those of the notebook's theme. */
  theme(dark: boolean, own: boolean): void {
    const { classList } = this.root;
    classList.toggle("kv-dark", dark);
    classList.toggle("kv-light", !dark);
    classList.toggle("kv-auto", !own);
  }

  playing(on: boolean, say: Say): void {
    this.#play.replaceChildren(icon(on ? PAUSE : PLAY));
    this.#play.classList.toggle("kv-on", on);
    this.#play.setAttribute("aria-pressed", String(on));
    nameButton(this.#play, say(on ? "pause" : "play"));
  }

  asleep(on: boolean): void {
    this.root.classList.toggle("kv-asleep", on);
    this.sample.disable(on);
    this.unit.disable(on);
    this.#play.disabled = on;
  }
}

/** A block counts what hangs in it, and a layer that is called twice has its weights once. */
function countParameters(cards: readonly Card[]): number {
  const own = new Map<string, number>();
  for (const { path, parent, num_parameters } of cards) {
    if (parent === "") own.set(path.replace(/([#.]\d+)+$/, ""), num_parameters);
  }
  return [...own.values()].reduce((sum, count) => sum + count, 0);
}
