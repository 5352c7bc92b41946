/** What explanations and gradients are about: a menu of the outputs, and of the chosen unit. */
import { Combobox } from "../parts/combobox";
import type { Choices, LayerHead } from "../protocol.gen";
import { type Shared, same } from "../store";
import type { Say } from "../text";
import { AUTOMATIC, targetOptions, unitOptions } from "./menus";

export class Target {
  readonly element: HTMLElement;
  #menu: Combobox;
  #choices: Choices | null = null;
  #say: Say = (key) => key;
  #state: Readonly<Shared> | null = null;
  #head: LayerHead | null = null;
  #asleep = false;

  constructor(choose: (target: Shared["target"]) => void, signal: AbortSignal) {
    const onChoose = (value: string) => choose(targetOf(value));
    this.#menu = new Combobox(onChoose, signal);
    this.element = this.#menu.element;
    this.element.classList.add("kv-target");
  }

  offer(choices: Choices | null): void {
    this.#choices = choices;
    this.speak(this.#say);
  }

  speak(say: Say): void {
    this.#say = say;
    this.#menu.name(say("target"), say);
    const units = this.#state ? unitOptions(this.#state, this.#head, say) : [];
    this.#menu.set([...targetOptions(this.#choices, say), ...units], this.#value);
    this.#menu.disable(this.#asleep ? say("kernel_gone") : "");
  }

  /** `head`: of the layer on the screen, as far as it is known. */
  show(state: Readonly<Shared>, head: LayerHead | null): void {
    const changed = (["target", "layer", "unit", "place"] as const).some(
      (key) => !same(state[key], this.#state?.[key]),
    );
    if (!changed && head === this.#head) return;
    this.#state = state;
    this.#head = head;
    this.speak(this.#say);
  }

  asleep(on: boolean): void {
    this.#asleep = on;
    this.speak(this.#say);
  }

  get #value(): string {
    return String(this.#state?.target ?? AUTOMATIC);
  }
}

function targetOf(value: string): Shared["target"] {
  if (value === AUTOMATIC) return null;
  return value.endsWith("]") ? value : Number(value);
}
