/** The class that explanations and gradients are about: a menu of the outputs. */
import { Combobox } from "../parts/combobox";
import type { Choices } from "../protocol.gen";
import type { Say } from "../text";
import { AUTOMATIC, targetOptions } from "./menus";

export class Target {
  readonly element: HTMLElement;
  #menu: Combobox;
  #choices: Choices | null = null;
  #say: Say = (key) => key;
  #target: number | null = null;
  #asleep = false;

  constructor(choose: (target: number | null) => void, signal: AbortSignal) {
    const onChoose = (value: string) => choose(value === AUTOMATIC ? null : Number(value));
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
    const off = this.#choices?.targets_off ?? "";
    const reason = off ? say(`target_${off}`) : "";
    if (off) this.#menu.set([{ value: AUTOMATIC, text: say(`target_${off}_short`) }], AUTOMATIC);
    else this.#menu.set(targetOptions(this.#choices, say), this.#value);
    this.#menu.disable(this.#asleep ? say("kernel_gone") : reason);
  }

  show(target: number | null): void {
    if (target === this.#target) return;
    this.#target = target;
    this.speak(this.#say);
  }

  asleep(on: boolean): void {
    this.#asleep = on;
    this.speak(this.#say);
  }

  get #value(): string {
    return this.#target === null ? AUTOMATIC : String(this.#target);
  }
}
