/** Moving through the samples: slider, keys, play, strip, and the lists to move through. */
import type { Filter } from "../data/look";
import { h } from "../dom";
import { formatCount } from "../draw/format";
import { icon, nameButton, Stepper } from "../parts/stepper";
import { Player } from "../player";
import type { Choices, Payload, Prediction } from "../protocol.gen";
import type { Rpc } from "../rpc";
import type { Say } from "../text";
import { Lists } from "./lists";
import { SampleOrder } from "./order";
import { Strip } from "./strip";
import type { ThumbLook } from "./thumb";
import { Thumbs } from "./thumbs";

const PLAY = "M5 3.5v9l7-4.5z";
const PAUSE = "M5.5 3.5v9M10.5 3.5v9";

export interface SamplesHost {
  look(): ThumbLook;
  choose(sample: number): void;
  /** No filter any more. */
  all(): void;
}

export class Samples {
  readonly stepper: Stepper;
  readonly element: HTMLElement;
  readonly lists: Lists;
  readonly player: Player;
  #play = h("button", { type: "button", class: "kv-icon kv-play" });
  #strip: Strip;
  #thumbs: Thumbs;
  #host: SamplesHost;
  #order = new SampleOrder(1);
  /** The sample of the data that is, or was last, on the screen. */
  #sample = 0;
  /** An input that was made is shown instead of one of them. */
  #own = true;
  #total = 1;
  #generation = -1;
  #filter: Filter | null = null;

  constructor(host: SamplesHost, rpc: Rpc, signal: AbortSignal) {
    this.#host = host;
    const at = (position: number) => this.#choose(this.#order.sampleAt(position));
    const events = { go: at, typed: host.choose, step: (by: number) => this.step(by) };
    this.stepper = new Stepper(events, signal);
    this.player = new Player(() => this.#choose(this.#order.next(this.#sample)), signal);
    this.#play.addEventListener("click", () => this.play(!this.player.on), { signal });
    this.#thumbs = new Thumbs(rpc, () => this.#strip.refresh(), signal);
    const look = () => host.look();
    const moves = { choose: host.choose, step: (by: number) => this.step(by) };
    this.#strip = new Strip(moves, this.#thumbs, look, signal);
    this.lists = new Lists(
      rpc,
      (fresh) => this.#listed(fresh),
      () => host.all(),
      signal,
    );
    this.stepper.element.append(this.#play);
    this.element = h("div", { class: "kv-samples" }, this.stepper.element, this.#strip.element);
  }

  /** Where one comes back to from an input that was made. */
  get sample(): number {
    return this.#sample;
  }

  /** Goes on by so many places, at most to an end of the list. */
  step(by: number): void {
    const { length } = this.#order;
    const { at } = this.#order.place(this.#sample);
    const far = by < 0 ? this.#order.sampleAt(0) : this.#order.sampleAt(length - 1);
    const ended = by < 0 ? at + by < 0 : at + by > length - 1;
    const to = this.#order.step(this.#sample, by) ?? (ended && Math.abs(by) > 1 ? far : null);
    this.#choose(to);
  }

  play(on: boolean): void {
    this.player.play(on);
    const { say } = this.#host.look();
    this.#play.replaceChildren(icon(on ? PAUSE : PLAY));
    this.#play.classList.toggle("kv-on", on);
    this.#play.setAttribute("aria-pressed", String(on));
    nameButton(this.#play, say(on ? "pause" : "play"));
  }

  /** A filter comes before a list. */
  leave(filter: Filter | null, refused: string): void {
    this.lists.leave(filter, refused);
    if (filter === this.#filter) return;
    this.#filter = filter;
    this.#reorder();
  }

  show(sample: number, total: number): void {
    if (total !== this.#total && this.#order.whole) this.#order = new SampleOrder(total);
    this.#total = total;
    this.#own = sample < 0;
    if (sample >= 0) this.#sample = sample;
    this.#update();
  }

  /** An answer has been drawn: what a prediction says is known in the strip too. */
  arrived(payload: Payload | null): void {
    if (payload?.kind === "prediction") this.#predicted(payload);
  }

  /** Everything may be different now. */
  forget(): void {
    this.#thumbs.outdate();
    this.#strip.ask();
  }

  offer(choices: Choices | null): void {
    this.lists.offer(choices, this.#host.look().say);
  }

  speak(say: Say): void {
    const [previous, next] = [say("previous_sample"), say("next_sample")];
    this.stepper.name({ label: say("sample"), previous, next });
    this.#strip.element.setAttribute("aria-label", say("neighbours"));
    this.lists.speak(say);
    this.play(this.player.on);
    this.#update();
    this.#strip.refresh();
  }

  recolor(): void {
    this.#strip.refresh();
  }

  asleep(on: boolean): void {
    if (on) this.play(false);
    this.stepper.disable(on);
    this.#play.disabled = on;
    this.lists.asleep(on);
  }

  #choose(sample: number | null): void {
    if (sample !== null) this.#host.choose(sample);
  }

  #predicted(payload: Prediction): void {
    const before = this.#generation;
    this.#generation = payload.generation;
    if (before >= 0 && before !== payload.generation) {
      this.#thumbs.forget();
      this.#strip.ask();
      this.lists.again();
    }
    if (payload.sample >= 0) this.#thumbs.note(payload);
    this.#strip.refresh();
  }

  /** Another list; one that was just chosen starts at its first sample, unless this one is in it unordered. */
  #listed(chosen: boolean): void {
    if (chosen && this.#filter) this.#host.all();
    if (chosen) this.#filter = null;
    this.#reorder();
    const stays = this.#order.place(this.#sample).inside && !this.lists.ordered;
    if (chosen && !stays) this.#choose(this.#order.sampleAt(0));
    this.#update();
  }

  #reorder(): void {
    const samples = this.#filter ? Int32Array.from(this.#filter.samples) : this.lists.samples;
    this.#order = new SampleOrder(this.#total, samples?.length ? samples : null);
  }

  #update(): void {
    const { say } = this.#host.look();
    const { length, whole } = this.#order;
    const { at, inside } = this.#order.place(this.#sample);
    const count = formatCount(length);
    const written = whole
      ? null
      : {
          number: this.#sample,
          last: this.#total - 1,
          count: inside ? say("matches", { at: formatCount(at + 1), count }) : say("outside"),
          widest: say("matches", { at: count, count }),
          atStart: at <= 0,
          atEnd: inside ? at >= length - 1 : at >= length,
        };
    this.stepper.element.classList.toggle("kv-outside", !inside);
    const shown = Math.min(at, Math.max(0, length - 1));
    this.stepper.set(this.#own ? -1 : shown, length, written);
    this.lists.place(inside || this.#own ? null : this.#sample);
    this.#strip.show(this.#order, this.#sample, this.#own);
  }
}
