/** The drawing pad: pointer, touch and keys on a canvas whose cells are the model's pixels. */
import { h } from "../dom";
import { paint } from "../draw/canvas";
import { colorImage, fitSize } from "../draw/pixels";
import type { InputForm } from "../protocol.gen";
import type { Say } from "../text";
import {
  ERASER,
  iconTool,
  invertSwitch,
  labelled,
  PENCIL,
  showFilled,
  textButton,
  UNDO,
} from "./controls";
import { Cursor, STEPS } from "./cursor";
import { type Point, Sketch } from "./sketch";

const BOX = 224;

export class Pad {
  readonly element: HTMLElement;
  readonly sketch: Sketch;
  #canvas: HTMLCanvasElement;
  #cursor: Cursor;
  #undo: HTMLButtonElement;
  #tools: HTMLButtonElement[] = [];
  #brush: HTMLInputElement;
  #color: HTMLInputElement | null = null;
  #form: InputForm;
  #say: Say;
  #onDraw: () => void;
  #erasing = false;
  #last: Point | null = null;
  inverted = false;

  constructor(form: InputForm, say: Say, onDraw: () => void, signal: AbortSignal) {
    this.#form = form;
    this.#say = say;
    this.#onDraw = onDraw;
    this.sketch = new Sketch(form.height, form.width, form.channels);
    this.#cursor = new Cursor(form.height, form.width, say);
    this.#canvas = this.#makeCanvas();
    const undo = () => this.#change(() => this.sketch.undo());
    this.#undo = iconTool(UNDO, say("own_undo"), undo, signal);
    this.#brush = this.#makeBrush();
    const board = h("div", { class: "kv-own-board" }, this.#canvas, this.#cursor.element);
    this.element = h("div", { class: "kv-own-pad" }, board, this.#makeTools(signal));
    this.#listen(signal);
    this.draw();
  }

  get blank(): boolean {
    return this.sketch.pixels.every((ink) => ink === 0);
  }

  /** Shows the sketch as it is now. */
  draw(): void {
    const { height, width, channels, pixels } = this.sketch;
    const bytes = Uint8ClampedArray.from(pixels, (ink) => (this.inverted ? 1 - ink : ink) * 255);
    paint(this.#canvas, height, width, colorImage(bytes, channels));
    this.#undo.disabled = !this.sketch.canUndo;
  }

  // What it is made of.

  #makeCanvas(): HTMLCanvasElement {
    const { height, width } = this.#form;
    const canvas = h("canvas", {
      class: "kv-canvas kv-own-canvas",
      role: "application",
      tabindex: 0,
      "aria-label": this.#say("own_pad", { size: `${width} × ${height}` }),
      "aria-description": this.#say("own_keys"),
      "data-lm-suppress-shortcuts": "true",
    });
    const [wide, tall] = fitSize(height, width, BOX);
    canvas.style.width = `${wide}px`;
    canvas.style.height = `${tall}px`;
    return canvas;
  }

  #makeBrush(): HTMLInputElement {
    const most = Math.max(2, Math.round(Math.max(this.#form.height, this.#form.width) / 7));
    const usual = Math.max(0.75, Math.max(this.#form.height, this.#form.width) / 28);
    const range = { min: 0.5, max: most, step: 0.25, value: usual };
    return h("input", {
      type: "range",
      class: "kv-range",
      "aria-label": this.#say("own_brush"),
      ...range,
    });
  }

  #makeTools(signal: AbortSignal): HTMLElement {
    const say = this.#say;
    const pencil = iconTool(PENCIL, say("own_draw"), () => this.#erase(false), signal);
    const eraser = iconTool(ERASER, say("own_erase"), () => this.#erase(true), signal);
    this.#tools = [pencil, eraser];
    this.#erase(false);
    const blank = () => this.#change(() => this.sketch.fill(this.#paper()));
    const clear = textButton(say("own_clear"), blank, signal);
    this.#brush.addEventListener("input", () => showFilled(this.#brush), { signal });
    showFilled(this.#brush);
    const buttons = h("div", { class: "kv-own-row" }, pencil, eraser, this.#undo, clear);
    const brush = labelled(say("own_brush"), this.#brush);
    return h(
      "div",
      { class: "kv-own-tools" },
      buttons,
      brush,
      this.#inkChoice(signal),
      this.#cursor.place,
    );
  }

  /** A colour where there are colours, else black on white or white on black. */
  #inkChoice(signal: AbortSignal): HTMLElement {
    const say = this.#say;
    if (this.#form.channels === 3) {
      this.#color = h("input", { type: "color", class: "kv-own-color", value: "#ffffff" });
      const fill = () => this.#change(() => this.sketch.fill(this.#ink()));
      const choice = labelled(say("own_color"), this.#color);
      return h("div", { class: "kv-own-row" }, choice, textButton(say("own_fill"), fill, signal));
    }
    const invert = (on: boolean) => {
      this.inverted = on;
    };
    return invertSwitch(say, (on) => this.#change(() => invert(on)), signal);
  }

  #erase(on: boolean): void {
    this.#erasing = on;
    this.#tools.forEach((tool, i) => {
      const chosen = (i === 1) === on;
      tool.setAttribute("aria-pressed", String(chosen));
      tool.classList.toggle("kv-on", chosen);
    });
  }

  #ink(): number[] {
    if (!this.#color) return [1];
    return [1, 3, 5].map(
      (at) => Number.parseInt(this.#color?.value.slice(at, at + 2) ?? "", 16) / 255,
    );
  }

  #paper(): number[] {
    return new Array(this.#form.channels).fill(0);
  }

  // What is drawn.

  #change(what: () => void): void {
    what();
    this.draw();
    this.#onDraw();
  }

  #begin(): void {
    this.sketch.begin(this.#erasing ? this.#paper() : this.#ink(), this.#brush.valueAsNumber);
  }

  #listen(signal: AbortSignal): void {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.#move(event), { signal });
    const up = () => {
      this.#last = null;
    };
    for (const end of ["pointerup", "pointercancel"] as const)
      canvas.addEventListener(end, up, { signal });
    canvas.addEventListener("keydown", (event) => this.#key(event), { signal });
    canvas.addEventListener("focus", () => this.#cursor.show(canvas.matches(":focus-visible")), {
      signal,
    });
    canvas.addEventListener("blur", () => this.#cursor.show(false), { signal });
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#last) return;
    this.#cursor.show(false);
    this.#canvas.setPointerCapture(event.pointerId);
    const point = this.#pointOf(event);
    this.#last = point;
    this.#begin();
    this.#change(() => this.sketch.line(point, point));
  }

  #move(event: PointerEvent): void {
    if (!this.#last) return;
    const path = event.getCoalescedEvents();
    this.#change(() => {
      for (const each of path.length > 0 ? path : [event]) {
        const point = this.#pointOf(each);
        this.sketch.line(this.#last ?? point, point);
        this.#last = point;
      }
    });
  }

  #pointOf({ clientX, clientY }: PointerEvent): Point {
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: ((clientX - box.left) / box.width) * this.#form.width,
      y: ((clientY - box.top) / box.height) * this.#form.height,
    };
  }

  // Without a pointer.

  #key(event: KeyboardEvent): void {
    const command = event.ctrlKey || event.metaKey;
    const step = STEPS[event.key];
    if (command && event.key === "z") this.#change(() => this.sketch.undo());
    else if (command || event.altKey) return;
    else if (step) this.#step(step, event.shiftKey);
    else if (event.key === " ") this.#dot(this.#cursor.point);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** With Shift a line is drawn on the way. */
  #step(step: readonly [number, number], drawing: boolean): void {
    const from = this.#cursor.point;
    this.#cursor.step(step);
    if (drawing) this.#dot(from);
  }

  #dot(from: Point): void {
    this.#begin();
    this.#change(() => this.sketch.line(from, this.#cursor.point));
  }
}
