/**
 * Neighbouring samples side by side. However many there are, only those in sight are in the page.
 *
 * The strip follows the slider when the pictures of its new place are there, so that it never
 * flashes; scrolled by hand it shows numbers until the pictures come.
 */
import { h, setAttributes } from "../dom";
import { uniqueId } from "../rpc";
import { centred, inSight, type SampleOrder } from "./order";
import { drawThumb, PITCH, type ThumbLook } from "./thumb";
import type { Thumbs } from "./thumbs";

/** Browsers cannot scroll through more pixels than this allows. */
const MOST = 200_000;
const MARGIN = 3;
/** So many to either side are asked for before they are needed. */
const AHEAD = 32;

export interface StripEvents {
  choose(sample: number): void;
  /** A step by arrow keys, or to an end. */
  step(by: number): void;
}

export class Strip {
  readonly element = h("div", {
    class: "kv-strip",
    role: "listbox",
    tabindex: 0,
    "aria-orientation": "horizontal",
    "data-lm-suppress-shortcuts": "true",
  });
  #id = `kv-${uniqueId()}`;
  #sheet = h("div", { class: "kv-strip-sheet" });
  #thumbs: Thumbs;
  #look: () => ThumbLook;
  #items = new Map<number, HTMLElement>();
  #order: SampleOrder | null = null;
  #sample = 0;
  #apart = false;
  /** The first position that can be scrolled to. */
  #base = 0;
  /** Where the slider is and the strip is not yet. */
  #due: number | null = null;
  #frame = 0;
  #next = 0;
  #width = 0;
  #scroll = 0;

  constructor(events: StripEvents, thumbs: Thumbs, look: () => ThumbLook, signal: AbortSignal) {
    this.#thumbs = thumbs;
    this.#look = look;
    this.element.append(this.#sheet);
    this.element.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    this.element.addEventListener("keydown", (event) => this.#key(event, events), { signal });
    this.#sheet.addEventListener("click", (event) => this.#click(event, events), { signal });
    const observer = new ResizeObserver(() => this.#resized());
    observer.observe(this.element);
    const end = () => {
      observer.disconnect();
      window.cancelAnimationFrame(this.#frame);
      window.cancelAnimationFrame(this.#next);
    };
    signal.addEventListener("abort", end, { once: true });
  }

  /** Shows where `sample` stands in `order`; `apart`: it is not the one that is looked at. */
  show(order: SampleOrder, sample: number, apart = false): void {
    const fresh = order !== this.#order;
    if (!fresh && sample === this.#sample && apart === this.#apart) return;
    this.#apart = apart;
    this.#order = order;
    this.#sample = sample;
    if (fresh) this.#clear();
    const { at } = order.place(sample);
    const out = at < this.#base || at >= this.#base + MOST;
    if (fresh || out) this.#lay(at);
    this.#due = at;
    this.#arrive();
    this.#fill();
  }

  /** With the next frame: scrolling lays the page out, which that frame does anyway. */
  #soon(): void {
    this.#next ||= window.requestAnimationFrame(() => {
      this.#next = 0;
      this.#arrive();
      this.#fill();
    });
  }

  /** What is in sight is asked for again. */
  ask(): void {
    this.#want(this.#scroll);
  }

  /** Something that is shown has changed: pictures came, colours, language. */
  refresh(): void {
    this.#soon();
  }

  #lay(at: number): void {
    const length = this.#order?.length ?? 0;
    this.#base = Math.max(0, Math.min(at - MOST / 2, length - MOST));
    this.#sheet.style.width = `${Math.min(length, MOST) * PITCH}px`;
    this.#clear();
  }

  #clear(): void {
    for (const item of this.#items.values()) item.remove();
    this.#items.clear();
  }

  #range(scroll: number, margin = 0): number[] {
    const length = Math.min(MOST, this.#order?.length ?? 0);
    const { first, end } = inSight(scroll, this.#width, PITCH, length, margin);
    return Array.from({ length: end - first }, (_, i) => this.#base + first + i);
  }

  #samplesOf(positions: readonly number[]): number[] {
    const samples = positions.map((at) => this.#order?.sampleAt(at) ?? null);
    return samples.filter((sample) => sample !== null);
  }

  /** Goes where the slider is, if the pictures of that place are there. */
  #arrive(): void {
    if (this.#due === null || this.#width === 0) return;
    const length = Math.min(MOST, this.#order?.length ?? 0);
    const target = centred(this.#due - this.#base, this.#width, PITCH, length);
    const samples = this.#samplesOf(this.#range(target));
    if (!this.#thumbs.has(samples)) return this.#want(target);
    this.#due = null;
    this.element.scrollLeft = target;
    this.#scroll = target;
    this.#fill();
    this.#want(target);
  }

  #want(scroll: number): void {
    const samples = (margin: number) => this.#samplesOf(this.#range(scroll, margin));
    this.#thumbs.want(samples(0), samples(AHEAD));
  }

  #scrolled(): void {
    if (this.#frame) return;
    this.#frame = window.requestAnimationFrame(() => {
      this.#frame = 0;
      const scroll = this.element.scrollLeft;
      if (scroll === this.#scroll) return;
      this.#scroll = scroll;
      this.#due = null;
      this.#fill();
      this.ask();
    });
  }

  #resized(): void {
    const width = this.element.clientWidth;
    if (width === this.#width || width === 0) return;
    this.#width = width;
    this.#due = this.#order?.place(this.#sample).at ?? null;
    this.#arrive();
    this.#fill();
  }

  #fill(): void {
    const wanted = new Set(this.#range(this.#scroll, MARGIN));
    for (const [at, item] of this.#items) {
      if (wanted.has(at)) continue;
      item.remove();
      this.#items.delete(at);
    }
    for (const at of wanted) this.#draw(at);
    const current = this.#items.get(this.#order?.place(this.#sample).at ?? -1);
    const shown = current?.getAttribute("aria-selected") === "true" ? current.id : null;
    setAttributes(this.element, { "aria-activedescendant": shown });
  }

  #draw(at: number): void {
    const sample = this.#order?.sampleAt(at) ?? null;
    if (sample === null) return;
    const item = this.#items.get(at) ?? this.#add(at, sample);
    const current = sample === this.#sample && !this.#apart;
    item.classList.toggle("kv-current", current);
    item.setAttribute("aria-selected", String(current));
    drawThumb(item, sample, this.#thumbs, this.#look());
  }

  #add(at: number, sample: number): HTMLElement {
    const item = h("div", {
      id: `${this.#id}-${at}`,
      class: "kv-thumb",
      role: "option",
      "data-sample": sample,
      "aria-setsize": this.#order?.length ?? 0,
      "aria-posinset": at + 1,
    });
    item.style.left = `${(at - this.#base) * PITCH}px`;
    this.#items.set(at, item);
    this.#sheet.append(item);
    return item;
  }

  #click({ target }: MouseEvent, events: StripEvents): void {
    const item = target instanceof Element ? target.closest<HTMLElement>("[data-sample]") : null;
    if (item) events.choose(Number(item.dataset.sample));
  }

  #key(event: KeyboardEvent, events: StripEvents): void {
    const page = Math.max(1, Math.floor(this.#width / PITCH) - 1);
    const all = this.#order?.length ?? 0;
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      PageUp: -page,
      PageDown: page,
      Home: -all,
      End: all,
    };
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    events.step(step);
  }
}
