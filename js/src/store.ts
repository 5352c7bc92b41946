/**
 * What one view shows, and how it agrees with the shared traits.
 *
 * A view moves at once and tells Python afterwards. What it has proposed and Python has not yet
 * confirmed wins over the traits that come back meanwhile, so that a slider never jumps under the
 * hand; once everything is confirmed the traits are right.
 */

export type Target = number | string | null;

export interface Shared {
  sample: number;
  layer: string;
  unit: number;
  /** One number of the layer's output by its full index, without the batch; null: where the unit is strongest. */
  place: readonly number[] | null;
  /** A class's number, a unit as `conv2d[3, 4, 5]`, null: what is predicted. */
  target: Target;
  /** The attribution method; "": none. */
  method: string;
  /** Its options that are not as they are usually. */
  options: Readonly<Record<string, unknown>>;
}

export type Key = keyof Shared;
export type Listener = (changed: ReadonlySet<Key>) => void;

const KEYS: readonly Key[] = ["sample", "layer", "unit", "place", "target", "method", "options"];

export class Store {
  #state: Shared;
  #unconfirmed: Partial<Shared> = {};
  #listeners = new Set<Listener>();

  constructor(initial: Shared) {
    this.#state = { ...initial };
  }

  get state(): Readonly<Shared> {
    return this.#state;
  }

  /** What Python does not know yet. */
  get unconfirmed(): Partial<Shared> {
    return { ...this.#unconfirmed };
  }

  subscribe(listener: Listener, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /**
   * The user wants this: shown at once, to be confirmed. False when it is so already. What stays as it is belongs to it:
   * a new layer in Python forgets the place, also where the new place has the same numbers.
   */
  propose(patch: Partial<Shared>): boolean {
    const changed = this.#apply(patch);
    if (changed.size === 0) return false;
    for (const key of KEYS) if (key in patch) assign(this.#unconfirmed, key, this.#state);
    this.#notify(changed);
    return true;
  }

  /** The traits changed in Python, or another view changed them. */
  adopt(traits: Shared): void {
    const free: Partial<Shared> = {};
    for (const key of KEYS) if (!(key in this.#unconfirmed)) assign(free, key, traits);
    this.#notify(this.#apply(free));
  }

  /** Python carried out `sent`; what was moved again since then stays unconfirmed. */
  confirm(sent: Partial<Shared>, traits: Shared): void {
    for (const key of KEYS) {
      if (key in sent && same(sent[key], this.#unconfirmed[key])) delete this.#unconfirmed[key];
    }
    this.adopt(traits);
  }

  /** Python refused: back to what the traits say. */
  reject(traits: Shared): void {
    this.#unconfirmed = {};
    this.adopt(traits);
  }

  #apply(patch: Partial<Shared>): Set<Key> {
    const next = { ...this.#state, ...patch };
    const changed = new Set(KEYS.filter((key) => !same(next[key], this.#state[key])));
    this.#state = next;
    return changed;
  }

  #notify(changed: ReadonlySet<Key>): void {
    if (changed.size === 0) return;
    for (const listener of [...this.#listeners]) listener(changed);
  }
}

/** Places and options are equal by what is in them. */
export function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function assign<K extends Key>(target: Partial<Shared>, key: K, source: Shared): void {
  target[key] = source[key];
}
