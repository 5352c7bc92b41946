/** Plays through the samples: the next one some time after the last one is on the screen. */

/** How long a sample stays. */
const PAUSE = 600;

export class Player {
  #on = false;
  #timer = 0;
  #next: () => void;

  constructor(next: () => void, signal: AbortSignal) {
    this.#next = next;
    signal.addEventListener("abort", () => this.play(false), { once: true });
  }

  get on(): boolean {
    return this.#on;
  }

  play(on: boolean): void {
    this.#on = on;
    window.clearTimeout(this.#timer);
    if (on) this.#next();
  }

  /** A sample has been drawn. */
  drawn(): void {
    window.clearTimeout(this.#timer);
    if (this.#on) this.#timer = window.setTimeout(() => this.#on && this.#next(), PAUSE);
  }
}
