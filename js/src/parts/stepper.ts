/** A slider with a step back, a step on and an editable number: how samples and units are chosen. */

import { h, setText } from "../dom";
import { formatChoices } from "../draw/format";

export interface StepperTexts {
  label: string;
  previous: string;
  next: string;
}

export interface StepperEvents {
  /** The slider, or a button, was moved to a place. */
  go(value: number): void;
  /** A number was typed; without it, that is a place. */
  typed?(value: number): void;
  /** A step by buttons or keys; without it, that is to the next place. */
  step?(by: number): void;
}

/** What is written beside the slider where its places are not the numbers themselves. */
export interface Written {
  number: number;
  last: number;
  count: string;
  /** The longest that `count` gets, so that the slider keeps its length. */
  widest: string;
  atStart: boolean;
  atEnd: boolean;
}

export class Stepper {
  readonly element: HTMLElement;
  #range = h("input", { type: "range", class: "kv-range", min: 0, step: 1 });
  #number = h("input", { type: "number", class: "kv-number", min: 0, step: 1, placeholder: "✎" });
  #previous = iconButton("M10 3 5 8l5 5");
  #next = iconButton("M6 3l5 5-5 5");
  #count = h("span", { class: "kv-muted kv-stepper-count" });
  readonly label = h("span", { class: "kv-label" });
  #total = 1;
  #disabled = false;
  #written: Written | null = null;
  #events: StepperEvents;

  constructor(events: StepperEvents | StepperEvents["go"], signal: AbortSignal) {
    this.#events = typeof events === "function" ? { go: events } : events;
    this.element = h(
      "div",
      { class: "kv-stepper", role: "group" },
      this.label,
      this.#previous,
      this.#range,
      this.#next,
      this.#number,
      this.#count,
    );
    this.#range.addEventListener("input", () => this.#go(this.#range.valueAsNumber), { signal });
    this.#number.addEventListener("change", () => this.#type(this.#number.valueAsNumber), {
      signal,
    });
    this.#previous.addEventListener("click", () => this.step(-1), { signal });
    this.#next.addEventListener("click", () => this.step(1), { signal });
  }

  get value(): number {
    return this.#range.valueAsNumber;
  }

  /** Names the controls. */
  name(texts: StepperTexts): void {
    setText(this.label, texts.label);
    this.element.setAttribute("aria-label", texts.label);
    this.#range.setAttribute("aria-label", texts.label);
    this.#number.setAttribute("aria-label", texts.label);
    nameButton(this.#previous, texts.previous);
    nameButton(this.#next, texts.next);
  }

  /** Shows a value that came from elsewhere; below 0: something that is not counted here. */
  set(value: number, total: number, written: Written | null = null): void {
    this.#total = Math.max(1, total);
    this.#written = written;
    this.#range.max = String(this.#total - 1);
    this.#number.max = String(written?.last ?? this.#total - 1);
    this.#count.style.minWidth = written ? `${written.widest.length}ch` : "";
    setText(this.#count, written?.count ?? formatChoices(this.#total - 1));
    this.#show(value);
  }

  disable(disabled: boolean): void {
    this.#disabled = disabled;
    this.#show(this.value);
  }

  step(by: number): void {
    if (this.#disabled) return;
    if (this.#events.step) this.#events.step(by);
    else this.#go(this.value + by);
  }

  #type(wanted: number): void {
    if (!this.#events.typed || !Number.isInteger(wanted)) return this.#go(wanted);
    if (this.#disabled) return;
    this.#events.typed(Math.max(0, Math.min(Number(this.#number.max), wanted)));
    this.#show(this.value);
  }

  #go(wanted: number): void {
    if (this.#disabled) return;
    const value = Math.max(0, Math.min(this.#total - 1, Math.round(wanted)));
    if (Number.isNaN(value)) return this.#show(this.value);
    if (!this.#written) this.#show(value);
    this.#events.go(value);
  }

  #show(wanted: number): void {
    this.element.classList.toggle("kv-elsewhere", wanted < 0);
    const value = wanted < 0 ? Math.min(this.value, this.#total - 1) : wanted;
    const { number = value, atStart, atEnd } = this.#written ?? {};
    this.#range.value = String(value);
    this.#number.value = wanted < 0 ? "" : String(number);
    const share = this.#total > 1 ? value / (this.#total - 1) : 0;
    this.#range.style.setProperty("--kv-filled", `${(share * 100).toFixed(2)}%`);
    const single = this.#total <= 1 || this.#disabled;
    this.#range.disabled = single;
    this.#number.disabled = this.#disabled || (this.#written ? this.#written.last < 1 : single);
    this.#previous.disabled = this.#disabled || (atStart ?? (single || value <= 0));
    this.#next.disabled = this.#disabled || (atEnd ?? (single || value >= this.#total - 1));
  }
}

/** A round button with a stroked icon on a 16 px grid. */
export function iconButton(path: string): HTMLButtonElement {
  return h("button", { type: "button", class: "kv-icon" }, icon(path));
}

export function icon(path: string): SVGSVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  element.setAttribute("viewBox", "0 0 16 16");
  element.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  element.append(line);
  return element;
}

export function nameButton(button: HTMLElement, text: string): void {
  button.setAttribute("aria-label", text);
  button.title = text;
}
