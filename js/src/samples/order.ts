/** Through which samples the slider, the keys and the strip move, and where one of them stands. */

export interface Place {
  /** Its position; where it is not in the list, the position it would have. */
  at: number;
  inside: boolean;
}

export class SampleOrder {
  readonly length: number;
  #samples: Int32Array | null;
  #places: Map<number, number> | null = null;
  #ascending = true;

  /** All of `total` samples, or only `samples`, in that order. */
  constructor(total: number, samples: Int32Array | null = null) {
    this.#samples = samples;
    this.length = samples?.length ?? total;
    if (samples) this.#places = new Map(Array.from(samples, (sample, at) => [sample, at]));
    for (let i = 1; samples && i < samples.length; i += 1) {
      if ((samples[i - 1] ?? 0) > (samples[i] ?? 0)) this.#ascending = false;
    }
  }

  /** Whether it holds every sample. */
  get whole(): boolean {
    return this.#samples === null;
  }

  /** The sample at a position; null where there is none. */
  sampleAt(at: number): number | null {
    if (!Number.isInteger(at) || at < 0 || at >= this.length) return null;
    return this.#samples ? (this.#samples[at] ?? null) : at;
  }

  place(sample: number): Place {
    if (!this.#samples) return { at: sample, inside: sample >= 0 && sample < this.length };
    const at = this.#places?.get(sample);
    if (at !== undefined) return { at, inside: true };
    const after = this.#ascending ? this.#samples.findIndex((each) => each > sample) : 0;
    return { at: after < 0 ? this.length : after, inside: false };
  }

  /** The sample `by` places further on; from outside, the nearest on that side. Null at the end. */
  step(sample: number, by: number): number | null {
    const { at, inside } = this.place(sample);
    return this.sampleAt(inside || by < 0 ? at + by : at + by - 1);
  }

  /** The one after `sample`, from the last on to the first. */
  next(sample: number): number | null {
    return this.step(sample, 1) ?? this.sampleAt(0);
  }
}

/** The positions in sight of a strip that was scrolled, and `margin` more on either side. */
export function inSight(
  scroll: number,
  width: number,
  pitch: number,
  length: number,
  margin = 0,
): { first: number; end: number } {
  const first = Math.max(0, Math.floor(scroll / pitch) - margin);
  const end = Math.min(length, Math.ceil((scroll + width) / pitch) + margin);
  return { first: Math.min(first, end), end };
}

/** How far to scroll so that position `at` is in the middle, as far as the ends allow. */
export function centred(at: number, width: number, pitch: number, length: number): number {
  const wanted = (at + 0.5) * pitch - width / 2;
  return Math.round(Math.max(0, Math.min(length * pitch - width, wanted)));
}
