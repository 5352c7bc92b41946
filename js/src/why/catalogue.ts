/** The methods there are: their names at once, their times when the model has been timed. Asked for when somebody looks. */
import type { MethodChoice, Methods } from "../protocol.gen";
import { KernelGone, ProtocolMismatch, type Rpc } from "../rpc";
import type { Shared } from "../store";
import type { WhyOwner } from "./place";

/** Options that mean the same for all methods. */
const COMMON = ["layer", "baseline", "seed", "batch_size"];

/** In a comparison the chosen method has its own options; the others have of them what means the same for all. */
export function optionsFor(
  method: string,
  { method: chosen, options }: Pick<Shared, "method" | "options">,
  methods: readonly MethodChoice[],
): Readonly<Record<string, unknown>> {
  if (method === chosen) return options;
  const known = methods.find(({ name }) => name === method)?.options ?? [];
  const has = (name: string) => name === "layer" || known.some((each) => each.name === name);
  const shared = COMMON.filter((name) => name in options && has(name));
  return Object.fromEntries(shared.map((name) => [name, options[name]]));
}

export class Catalogue {
  methods: readonly MethodChoice[] = [];
  #asked: string | null = null;
  #owner: WhyOwner;
  #rpc: Rpc;
  #changed: () => void;

  constructor(owner: WhyOwner, rpc: Rpc, changed: () => void) {
    this.#owner = owner;
    this.#rpc = rpc;
    this.#changed = changed;
  }

  /** What is known of the method that is chosen. */
  get chosen(): MethodChoice | null {
    const { method } = this.#owner.state();
    return this.methods.find(({ name }) => name === method) ?? null;
  }

  forget(): void {
    this.#asked = null;
  }

  async ask(): Promise<void> {
    const { sample, target, layer } = this.#owner.state();
    const { language } = this.#owner;
    if (this.#asked === layer) return;
    this.#asked = layer;
    await this.#offer({ sample, target, layer, language });
    const unknown = this.methods.some(({ seconds, refused }) => seconds === null && !refused);
    if (unknown) await this.#offer({ sample, target, layer, language, measure: true });
  }

  async #offer(params: Record<string, unknown>): Promise<void> {
    try {
      const { payload } = await this.#rpc.request("methods", "methods", params);
      this.methods = (payload as Methods).methods;
      this.#changed();
    } catch (error) {
      const gone = error instanceof KernelGone || error instanceof ProtocolMismatch;
      if (gone) this.#owner.trouble(error);
      else this.forget(); // the next look asks again
    }
  }
}
