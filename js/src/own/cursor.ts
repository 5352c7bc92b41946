/** The pad's cursor for the keyboard: which cell it is on, shown as a frame and in words. */
import { h, setText } from "../dom";
import type { Say } from "../text";
import type { Point } from "./sketch";

/** Rows down, columns to the right. */
export const STEPS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export class Cursor {
  readonly element = h("div", { class: "kv-own-cursor", hidden: true });
  readonly place = h("span", { class: "kv-hint kv-own-place", role: "status" });
  #height: number;
  #width: number;
  #say: Say;
  #row: number;
  #column: number;

  constructor(height: number, width: number, say: Say) {
    this.#height = height;
    this.#width = width;
    this.#say = say;
    this.#row = height >> 1;
    this.#column = width >> 1;
  }

  /** The middle of its cell. */
  get point(): Point {
    return { x: this.#column + 0.5, y: this.#row + 0.5 };
  }

  step([down, right]: readonly [number, number]): void {
    this.#row = Math.max(0, Math.min(this.#height - 1, this.#row + down));
    this.#column = Math.max(0, Math.min(this.#width - 1, this.#column + right));
    this.show(true);
  }

  show(on: boolean): void {
    const [row, column] = [this.#row, this.#column];
    this.element.hidden = !on;
    setText(this.place, on ? this.#say("own_cursor", { row, column }) : "");
    Object.assign(this.element.style, {
      left: `${(column / this.#width) * 100}%`,
      top: `${(row / this.#height) * 100}%`,
      width: `${100 / this.#width}%`,
      height: `${100 / this.#height}%`,
    });
  }
}
