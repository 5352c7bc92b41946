/** The controls above the network: samples, lists of them, the target; and what they may offer. */
import type { Filter, Wanted } from "../data/look";
import type { Choices, LayerHead, Payload } from "../protocol.gen";
import { RequestFailed, type Rpc } from "../rpc";
import type { Shared } from "../store";
import type { Say } from "../text";
import { Samples } from "./samples";
import { Target } from "./target";
import type { ThumbLook } from "./thumb";

export interface ChoosingHost {
  look(): ThumbLook;
  choose(patch: Partial<Pick<Shared, "sample" | "target">>): void;
  leave(wanted: Wanted | null): void;
}

export class Choosing {
  #rpc: Rpc;
  #samples: Samples;
  /** One above everything, one in the section that says why. */
  #targets: readonly [Target, Target];
  #head: LayerHead | null = null;
  #state: Readonly<Shared> | null = null;
  #choices: Choices | null = null;
  #asking = false;

  constructor(host: ChoosingHost, rpc: Rpc, signal: AbortSignal) {
    this.#rpc = rpc;
    const choose = (sample: number) => host.choose({ sample });
    const all = () => host.leave(null);
    this.#samples = new Samples({ look: () => host.look(), choose, all }, rpc, signal);
    const aim = (target: Shared["target"]) => host.choose({ target });
    this.#targets = [new Target(aim, signal), new Target(aim, signal)];
  }

  get elements(): Record<"samples" | "lists" | "target" | "aim", HTMLElement> {
    const { element, lists } = this.#samples;
    const [target, aim] = this.#targets;
    return { samples: element, lists: lists.element, target: target.element, aim: aim.element };
  }

  /** The sample of the data that is, or was last, on the screen. */
  get sample(): number {
    return this.#samples.sample;
  }

  step(by: number): void {
    this.#samples.step(by);
  }

  /** The network of a new sample is on the screen. */
  drawn(): void {
    this.#samples.player.drawn();
  }

  /** Only these samples are walked through; or why what was selected cannot be. */
  leave(filter: Filter | null, refused: string): void {
    this.#samples.leave(filter, refused);
  }

  show(state: Readonly<Shared>, total: number): void {
    this.#samples.show(state.sample, total);
    this.#state = state;
    for (const target of this.#targets) target.show(state, this.#head);
  }

  /** What there is to choose is asked for once a prediction shows that the model runs. */
  arrived(payload: Payload | null): void {
    this.#samples.arrived(payload);
    if (payload && "head" in payload && this.#state) {
      this.#head = payload.head;
      for (const target of this.#targets) target.show(this.#state, this.#head);
    }
    if (payload?.kind === "prediction" && !this.#choices) void this.#ask(payload.sample);
  }

  /** Everything may be different now. */
  forget(): void {
    this.#choices = null;
    this.#samples.forget();
  }

  speak(say: Say): void {
    this.#samples.speak(say);
    for (const target of this.#targets) target.speak(say);
  }

  recolor(): void {
    this.#samples.recolor();
  }

  asleep(on: boolean): void {
    this.#samples.asleep(on);
    for (const target of this.#targets) target.asleep(on);
  }

  async #ask(sample: number): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const { payload } = await this.#rpc.request("choices", "choices", { sample });
      if (payload.kind === "choices") this.#offer(payload);
    } catch (error) {
      if (error instanceof RequestFailed) this.#samples.lists.fail(error.message);
    } finally {
      this.#asking = false;
    }
  }

  #offer(choices: Choices): void {
    this.#choices = choices;
    this.#samples.offer(choices);
    for (const target of this.#targets) target.offer(choices);
  }
}
