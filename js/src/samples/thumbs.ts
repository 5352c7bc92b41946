/** Small pictures and verdicts of samples: asked for once, when they are in sight, and kept for a while. */
import type { Payload, Prediction, SampleVerdict, Thumbnail } from "../protocol.gen";
import { type Answer, RequestFailed, type Rpc } from "../rpc";

export interface Small {
  item: Thumbnail;
  levels: Uint8Array;
  /** Another number for each picture that arrived. */
  serial: number;
}

export type Verdict = Omit<SampleVerdict, "sample">;

const KEPT = 1000;
/** As many as one request may name. */
const MOST = 100;
/** Verdicts are asked for once the hand rests. */
const CALM = 300;
const TRIES = 6;

export class Thumbs {
  #rpc: Rpc;
  #slot: string;
  #arrived: () => void;
  #small = new Map<number, Small>();
  /** Pictures that stand until the new ones are there. */
  #outdated = new Set<number>();
  #failed = new Map<number, string>();
  #verdicts = new Map<number, Verdict>();
  /** The pictures that are on their way. */
  #latest = "";
  #serial = 0;
  #timer = 0;

  /** `slot` keeps what one part of the page asks for apart from what another does. */
  constructor(rpc: Rpc, arrived: () => void, signal: AbortSignal, slot = "") {
    this.#rpc = rpc;
    this.#slot = slot;
    this.#arrived = arrived;
    signal.addEventListener("abort", () => window.clearTimeout(this.#timer), { once: true });
  }

  get(sample: number): Small | undefined {
    return this.#small.get(sample);
  }

  /** Why a sample has no picture. */
  failure(sample: number): string {
    return this.#failed.get(sample) ?? "";
  }

  verdict(sample: number): Verdict | undefined {
    return this.#verdicts.get(sample);
  }

  /** Whether nothing of these is missing that can be had. */
  has(samples: readonly number[]): boolean {
    const here = (sample: number) => this.#small.has(sample) && !this.#outdated.has(sample);
    return samples.every((sample) => here(sample) || this.#failed.has(sample));
  }

  /** These are in sight; those around them are asked for too, while few of them are there. */
  want(samples: readonly number[], around: readonly number[]): void {
    this.fetch(samples, around);
    this.#judge(samples, 0);
  }

  /** The pictures alone. */
  fetch(samples: readonly number[], around: readonly number[] = []): void {
    const without = (all: readonly number[]) => all.filter((sample) => !this.has([sample]));
    const ahead = without(around);
    const few = without(samples).length > 0 || ahead.length > around.length / 4;
    const missing = few ? [...new Set([...without(samples), ...ahead])].slice(0, MOST) : [];
    const key = missing.join();
    if (missing.length > 0 && key !== this.#latest) void this.#askPictures(missing, key);
  }

  #judge(samples: readonly number[], tries: number): void {
    window.clearTimeout(this.#timer);
    const wait = CALM * 2 ** tries;
    this.#timer = window.setTimeout(() => void this.#askVerdicts(samples, tries), wait);
  }

  /** The weights are others: what the model said is not true any more. */
  forget(): void {
    this.#verdicts.clear();
    this.#failed.clear();
  }

  /** The samples themselves may be others. */
  outdate(): void {
    this.#outdated = new Set(this.#small.keys());
    this.forget();
  }

  /** What the prediction panel says of one sample is known here too. */
  note({ sample, scores, quantity, correct }: Prediction): void {
    const predicted = quantity === "value" ? null : (scores[0]?.name ?? null);
    this.#verdicts.set(sample, { predicted, correct });
  }

  async #askPictures(samples: number[], key: string): Promise<void> {
    this.#latest = key;
    const answer = await this.#ask("thumbnails", samples);
    if (this.#latest === key) this.#latest = "";
    if (answer instanceof RequestFailed)
      for (const sample of samples) this.#failed.set(sample, answer.message);
    else if (answer?.payload.kind === "thumbnails") this.#keep(answer.payload.items, answer);
    if (answer) this.#arrived();
  }

  #keep(items: readonly Thumbnail[], { tensors }: Answer): void {
    const pictures = tensors.get("pictures")?.values;
    for (const item of items) {
      const end = item.start + item.height * item.width * item.depth;
      const levels = pictures instanceof Uint8Array ? pictures.slice(item.start, end) : null;
      this.#serial += 1;
      this.#outdated.delete(item.sample);
      if (levels) this.#small.set(item.sample, { item, levels, serial: this.#serial });
    }
    for (const sample of this.#small.keys()) {
      if (this.#small.size <= KEPT) break;
      this.#small.delete(sample);
    }
  }

  /** Python answers with what it knows: how fast the model is, it may know only later. */
  async #askVerdicts(samples: readonly number[], tries: number): Promise<void> {
    const missing = samples.filter((sample) => !this.#verdicts.has(sample)).slice(0, MOST);
    if (missing.length === 0) return;
    const answer = await this.#ask("verdicts", missing);
    if (answer instanceof RequestFailed || answer?.payload.kind !== "verdicts") return;
    const { items } = answer.payload;
    for (const { sample, ...verdict } of items) this.#verdicts.set(sample, verdict);
    if (items.length < missing.length && tries < TRIES) this.#judge(samples, tries + 1);
    this.#arrived();
  }

  /** The failure where Python could not; null where the answer is not needed any more. */
  async #ask(name: string, samples: number[]): Promise<Answer<Payload> | RequestFailed | null> {
    try {
      return await this.#rpc.request(this.#slot + name, name, { samples });
    } catch (error) {
      return error instanceof RequestFailed ? error : null;
    }
  }
}
