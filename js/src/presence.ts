/** Whether anybody answers: a silent kernel is told of, without one the stage sleeps, with it it wakes. */
import type { Notices } from "./notices";
import { KernelGone, type ProtocolMismatch, RequestCancelled, type Rpc } from "./rpc";
import type { Say } from "./text";

/** Milliseconds without a word before it is said. */
const SILENT = 1500;

export interface Sleeper {
  look(): { say: Say };
  /** Whether there is a kernel. */
  alive(): boolean;
  /** Whether the widget was closed in Python: then nothing wakes it. */
  closed(): boolean;
  askAll(): void;
  /** Shows what the notebook saved, where nothing was drawn yet. */
  digest(): void;
  /** Switches its controls off or on. */
  still(on: boolean): void;
}

export class Presence {
  #sleeper: Sleeper;
  #notices: Notices;
  #rpc: Rpc;
  #asleep = false;

  constructor(sleeper: Sleeper, notices: Notices, rpc: Rpc) {
    this.#sleeper = sleeper;
    this.#notices = notices;
    this.#rpc = rpc;
  }

  get asleep(): boolean {
    return this.#asleep;
  }

  begin(signal: AbortSignal): void {
    if (this.#sleeper.closed()) return this.sleep("closed");
    if (!this.#sleeper.alive()) return this.sleep();
    this.#sleeper.askAll();
    const timer = setTimeout(() => this.#sayWaiting(), SILENT);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }

  aliveChanged(): void {
    if (!this.#sleeper.alive()) return this.sleep();
    if (!this.#asleep || this.#sleeper.closed()) return;
    this.#still(false);
    this.#notices.hide("kernel");
    this.#sleeper.askAll();
  }

  /** Nothing more will come: there is no kernel, or one that speaks another version. */
  trouble(error: KernelGone | ProtocolMismatch): void {
    if (error instanceof KernelGone) return this.sleep();
    this.rest();
    this.#notices.mismatch(error.theirs, this.#sleeper.look().say);
    this.#sleeper.digest();
  }

  sleep(why: "kernel_gone" | "closed" = "kernel_gone"): void {
    this.rest();
    this.#notices.show("kernel", "calm", this.#sleeper.look().say(why));
    this.#sleeper.digest();
  }

  /** Stops asking; the last pictures stay. */
  rest(): void {
    this.#still(true);
    this.#notices.hide("waiting");
    this.#rpc.drop(new RequestCancelled("nobody is there"));
  }

  #still(on: boolean): void {
    this.#asleep = on;
    this.#sleeper.still(on);
  }

  #sayWaiting(): void {
    if (this.#rpc.heard || this.#asleep) return;
    this.#notices.show("waiting", "calm", this.#sleeper.look().say("waiting"));
    this.#sleeper.digest();
  }
}
