/**
 * Sends what a person makes as fast as the kernel answers, and no faster: of each input only the
 * newest waits, so a stroke never queues up and ends on its last point. Inputs go one after the other,
 * each beginning with the sample the one before it made.
 */

export interface Made {
  /** The model's input that was made anew. */
  input: string;
  maker: string;
  /** How, in the person's words. */
  note: string;
  number?: number;
  text?: string;
  values?: { numbers: Float32Array; shape: number[] };
  /** What was wrong with it; null: it is the sample now. */
  done(problem: string | null): void;
}

export class Sender {
  #ask: (made: Made) => Promise<void>;
  #waiting = new Map<string, Made>();
  #busy = false;

  /** `ask` settles when the kernel has answered, either way. */
  constructor(ask: (made: Made) => Promise<void>) {
    this.#ask = ask;
  }

  send(made: Made): void {
    this.#waiting.delete(made.input);
    this.#waiting.set(made.input, made);
    if (!this.#busy) void this.#run();
  }

  /** What waits is not wanted any more. */
  stop(): void {
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    for (let next = this.#next(); next; next = this.#next()) await this.#ask(next);
    this.#busy = false;
  }

  #next(): Made | undefined {
    const [first] = this.#waiting.values();
    if (first) this.#waiting.delete(first.input);
    return first;
  }
}
