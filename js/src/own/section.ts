/** All the ways to make one input of the model, and what was made. */
import { h, setText } from "../dom";
import { formatShape } from "../draw/format";
import type { InputForm } from "../protocol.gen";
import type { Tensors } from "../tensor";
import type { Say } from "../text";
import { computedRow } from "./computed";
import { invertSwitch, textButton } from "./controls";
import { type Fields, fieldsFor } from "./fields";
import { Pad } from "./pad";
import { fromValues, toValues } from "./resample";
import type { Made } from "./sender";
import { type Picture, rangeText, uploadButton } from "./upload";

export type Make = (made: Made) => void;

export interface SectionFacts {
  form: InputForm;
  /** Which of the model's inputs it is, of how many. */
  place: number;
  several: boolean;
  tensors: Tensors;
  sample: number;
}

export class Section {
  readonly element: HTMLElement;
  readonly form: InputForm;
  /** What the model takes here. */
  readonly about = h("span", { class: "kv-hint kv-own-about" });
  #several: boolean;
  #place: number;
  #say: Say;
  #make: Make;
  #said = h("p", { class: "kv-own-said", role: "status" });
  #pad: Pad | null = null;
  #fields: Fields | null = null;
  #uploaded: Picture | null = null;
  /** What the pad began with. */
  #origin = "";
  #inverted = false;
  #values: ArrayLike<number> | null = null;
  /** The pad takes over what the kernel makes next. */
  #takes = false;
  #told = "";
  #sample = 0;

  constructor(
    { form, place, several, tensors, sample }: SectionFacts,
    say: Say,
    make: Make,
    signal: AbortSignal,
  ) {
    this.form = form;
    this.#several = several;
    this.about.textContent = aboutOf(form, say);
    this.#place = place;
    this.#say = say;
    this.#make = make;
    this.element = h("section", { class: "kv-own-input", "aria-label": form.name });
    if (several)
      this.element.append(
        h("div", { class: "kv-own-name" }, h("strong", { text: form.name }), this.about),
      );
    const main = h("div", { class: "kv-own-main" }, ...this.#main(tensors, signal));
    const side = h("div", { class: "kv-own-side" }, ...this.#side(signal), this.#said);
    this.element.append(h("div", { class: "kv-own-body" }, main, side));
    if (form.makers.length === 0) main.append(h("p", { class: "kv-muted", text: say("own_none") }));
    this.update(form, tensors, sample);
    if (this.#pad) this.#tell(say("own_hint"));
  }

  /** Another sample is on the screen. */
  update(form: InputForm, tensors: Tensors, sample: number): void {
    this.#sample = sample;
    const values = tensors.get(`values${this.#place}`)?.values ?? null;
    this.#values = values;
    this.#fields?.show(values, form.text);
    if (this.#takes && this.#pad && values) {
      this.#takes = false;
      this.#pad.sketch.load(fromValues(values, this.form, this.#pad.inverted));
      this.#pad.draw();
    }
  }

  #main(tensors: Tensors, signal: AbortSignal): HTMLElement[] {
    const { form } = this;
    if (form.makers.includes("draw")) {
      this.#pad = new Pad(form, this.#say, () => this.#drawn(), signal);
      return [this.#pad.element];
    }
    if (!form.makers.some((maker) => ["numbers", "tokens", "text"].includes(maker))) return [];
    const ends = {
      lows: tensors.get(`lows${this.#place}`)?.values ?? [],
      highs: tensors.get(`highs${this.#place}`)?.values ?? [],
    };
    this.#fields = fieldsFor(form, ends, this.#say, this.#fieldEvents(), signal);
    return [this.#fields.element];
  }

  #side(signal: AbortSignal): HTMLElement[] {
    const { form } = this;
    const say = this.#say;
    const out: HTMLElement[] = [];
    if (form.makers.includes("upload")) {
      const picture = (found: Picture) => this.#upload(found);
      const unreadable = (name: string) => this.#tell(say("own_unreadable", { name }), true);
      const upload = uploadButton(form, this.element, say, { picture, unreadable }, signal);
      out.push(upload);
      if (!this.#pad && form.channels === 1)
        upload.append(invertSwitch(say, (on) => this.#invert(on), signal));
    }
    if (this.#pad) out.push(textButton(say("own_begin"), () => this.#begin(), signal));
    const computed = computedRow(form, say, (...what) => this.#compute(...what), signal);
    if (computed.childElementCount > 0) out.push(computed);
    return out;
  }

  #fieldEvents() {
    const say = this.#say;
    return {
      numbers: (numbers: Float32Array) => {
        const maker = this.form.makers.includes("tokens") ? "tokens" : "numbers";
        this.#send({ maker, note: say("own_typed"), values: { numbers, shape: [numbers.length] } });
      },
      text: (text: string) => this.#send({ maker: "text", note: say("own_typed"), text }),
      wrong: ({
        key,
        values,
      }: {
        key: Parameters<Say>[0];
        values: Record<string, string | number>;
      }) => this.#tell(say(key, values), true),
    };
  }

  // What was made.

  #drawn(): void {
    if (!this.#pad) return;
    if (this.#pad.blank) this.#origin = "";
    const steps = this.#origin
      ? `${this.#origin}, ${this.#say("own_edited")}`
      : this.#say("own_drawn");
    this.#sendPixels("draw", this.#pad.sketch.pixels, this.#pad.inverted, steps);
  }

  #upload(picture: Picture): void {
    this.#uploaded = picture;
    this.#origin = picture.steps;
    this.#pad?.sketch.load(picture.pixels);
    this.#pad?.draw();
    this.#sendPixels(
      "upload",
      picture.pixels,
      this.#pad?.inverted ?? this.#inverted,
      picture.steps,
    );
  }

  #invert(on: boolean): void {
    this.#inverted = on;
    if (this.#uploaded) this.#upload(this.#uploaded);
  }

  /** The sample on the screen, to be changed by hand. */
  #begin(): void {
    if (!this.#pad || !this.#values) return;
    if (this.#sample >= 0) this.#origin = this.#say("own_sample", { sample: this.#sample });
    this.#pad.sketch.load(fromValues(this.#values, this.form, this.#pad.inverted));
    this.#pad.draw();
    this.#tell(this.#say("own_begun"));
  }

  #compute(maker: string, number: number, note: string): void {
    this.#origin = note;
    this.#takes = true;
    this.#send({ maker, number, note });
  }

  #sendPixels(maker: string, pixels: Float32Array, inverted: boolean, steps: string): void {
    const { form } = this;
    const words = [steps, inverted ? this.#say("own_inverted") : "", rangeText(form)];
    const values = {
      numbers: toValues(pixels, form, inverted),
      shape: [form.height, form.width, form.channels],
    };
    this.#takes = false;
    this.#send({ maker, note: words.filter((word) => word !== "").join(", "), values });
  }

  #send(made: Omit<Made, "input" | "done">): void {
    this.#told = made.note;
    const done = (problem: string | null) => {
      if (problem !== null) this.#tell(problem, true);
      else if (this.#told === made.note) this.#tell(made.note);
    };
    const { name } = this.form;
    const note = this.#several ? `${name}: ${made.note}` : made.note;
    this.#make({ ...made, note, input: name, done });
  }

  #tell(text: string, bad = false): void {
    setText(this.#said, text);
    this.#said.classList.toggle("kv-own-bad", bad);
    this.#said.setAttribute("role", bad ? "alert" : "status");
  }
}

/** "28 × 28, grey, 0 – 255 as in your samples". */
function aboutOf(form: InputForm, say: Say): string {
  const { vocabulary } = form;
  if (form.makers.includes("text")) return say("own_about_text");
  if (vocabulary !== null)
    return say("own_about_tokens", { count: formatShape(form.shape) || "1", last: vocabulary - 1 });
  const range = say(RANGES[form.range_from], { range: rangeText(form) });
  if (form.channels === 0)
    return say("own_about_numbers", { shape: formatShape(form.shape) || "1", range });
  const color = say(form.channels === 1 ? "own_grey" : "own_colors");
  return `${form.width} × ${form.height}, ${color}, ${range}`;
}

const RANGES = {
  samples: "own_range_samples",
  model: "own_range_model",
  usual: "own_range_usual",
} as const;
