/** The elements of the stage and where they stand; no behaviour. */

import { h, setText } from "./dom";
import { SEQUENTIAL, type Sequential } from "./draw/colormap";
import { formatCount } from "./draw/format";
import { icon, label, Stepper } from "./parts/stepper";
import type { Network } from "./protocol.gen";
import type { Say } from "./text";

const PLAY = "M5 3.5v9l7-4.5z";
const PAUSE = "M5.5 3.5v9M10.5 3.5v9";

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
    // JupyterLab would take arrow keys and brackets as commands of the notebook.
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
    for (const name of SEQUENTIAL) this.#colors.append(h("option", { value: name, text: name }));
    const chosen = () => SEQUENTIAL.find((name) => name === this.#colors.value);
    this.#colors.addEventListener("change", () => events.colors(chosen() ?? "viridis"), { signal });
  }

  /** Puts the panels into their places. */
  assemble(panels: Record<"overview" | "prediction" | "layer" | "unit", HTMLElement>): void {
    const colors = h("label", { class: "kv-colors" }, this.#colorsLabel, this.#colors);
    const head = h("header", { class: "kv-head" }, this.#title, this.#facts, colors);
    const top = h("div", { class: "kv-top" }, this.sample.element, panels.prediction);
    panels.unit.prepend(this.unit.element);
    const detail = h("div", { class: "kv-detail" }, panels.layer, panels.unit);
    this.root.replaceChildren(this.notices, head, top, panels.overview, detail);
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
    const parameters = network.cards
      .filter((card) => !card.is_container)
      .reduce((sum, card) => sum + card.num_parameters, 0);
    if (parameters) parts.push(say("parameters", { count: formatCount(parameters) }));
    setText(this.#facts, parts.join(" · "));
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
    label(this.#play, say(on ? "pause" : "play"));
  }

  asleep(on: boolean): void {
    this.root.classList.toggle("kv-asleep", on);
    this.sample.disable(on);
    this.unit.disable(on);
    this.#play.disabled = on;
  }
}
