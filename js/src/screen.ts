/** The elements of the stage and where they stand; no behaviour. */

import { h, setText } from "./dom";
import { SEQUENTIAL, type Sequential } from "./draw/colormap";
import { formatCount } from "./draw/format";
import { Help } from "./help";
import type { PanelName } from "./panels";
import { Stepper, type StepperEvents } from "./parts/stepper";
import type { Card, Network } from "./protocol.gen";
import type { Say } from "./text";

export interface ScreenEvents {
  /** One sample on or back. */
  step(by: number): void;
  unit: StepperEvents;
  /** One stop back on the walk; false where there is none. */
  back(): boolean;
  /** Opens or closes what says where a number goes. */
  feeds(open: boolean): void;
  colors(name: Sequential): void;
}

const TYPING = "input:not([type=range]), select, textarea";

export class Screen {
  readonly root = h("div", {
    class: "kv-stage",
    role: "group",
    tabindex: -1,
    "data-lm-suppress-shortcuts": "true",
  });
  readonly unit: Stepper;
  readonly notices = h("div", { class: "kv-notices" });
  readonly #title = h("h2", { class: "kv-title" });
  readonly #facts = h("span", { class: "kv-facts" });
  readonly #feeds = h("button", { type: "button", class: "kv-unfold", "aria-expanded": "false" });
  readonly #help: Help;
  readonly #colors = h("select", { class: "kv-select" });
  readonly #colorsLabel = h("span", { class: "kv-label" });

  constructor(events: ScreenEvents, signal: AbortSignal) {
    this.unit = new Stepper(events.unit, signal);
    this.#help = new Help(signal);
    this.root.addEventListener("keydown", (event) => this.#key(event, events), { signal });
    for (const name of SEQUENTIAL) this.#colors.append(h("option", { value: name, text: name }));
    this.#feeds.addEventListener("click", () => events.feeds(this.#unfold()), { signal });
    const chosen = () => SEQUENTIAL.find((name) => name === this.#colors.value);
    this.#colors.addEventListener("change", () => events.colors(chosen() ?? "viridis"), { signal });
  }

  /** What works from anywhere in the widget, but where one types. */
  #key(event: KeyboardEvent, events: ScreenEvents): void {
    if (event.altKey && event.key === "ArrowLeft" && events.back()) return event.preventDefault();
    const typing = event.target instanceof Element && event.target.matches(TYPING);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Record<string, () => void> = {
      "[": () => events.step(-1),
      "]": () => events.step(1),
      "/": () => this.root.querySelector<HTMLElement>(".kv-search")?.focus(),
      "?": () => this.#help.open(),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #unfold(): boolean {
    const open = this.#feeds.getAttribute("aria-expanded") === "false";
    this.#feeds.setAttribute("aria-expanded", String(open));
    return open;
  }

  /** Puts everything into its place. */
  assemble(
    panels: Record<PanelName, HTMLElement>,
    controls: Record<"samples" | "lists" | "target", HTMLElement>,
    making: HTMLElement,
    sections: readonly HTMLElement[],
  ): void {
    controls.lists.append(making);
    const colors = h("label", { class: "kv-colors" }, this.#colorsLabel, this.#colors);
    const head = h("header", { class: "kv-head" }, this.#title, this.#facts, colors);
    head.append(this.#help.button);
    const { samples, lists, target } = controls;
    const top = h("div", { class: "kv-top" }, samples, panels.prediction, lists, target);
    panels.unit.prepend(this.unit.element);
    panels.feeds.prepend(this.#feeds);
    const detail = h("div", { class: "kv-detail" }, panels.layer, panels.unit);
    const { own, overview, calculation, feeds } = panels;
    const parts = [head, top, own, overview, detail, calculation, feeds, ...sections];
    this.root.replaceChildren(this.notices, ...parts, this.#help.dialog);
  }

  /** Every word that does not depend on the model. */
  speak(say: Say): void {
    this.root.lang = say("language_code");
    this.#help.speak(say);
    this.unit.name({ label: say("unit"), previous: say("previous_unit"), next: say("next_unit") });
    setText(this.#colorsLabel, say("colors"));
    setText(this.#feeds, say("feeds"));
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

  asleep(on: boolean): void {
    this.root.classList.toggle("kv-asleep", on);
    this.unit.disable(on);
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
