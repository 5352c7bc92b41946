/** What a person changes: on the screen at once, and told to Python. */
import type { Wanted } from "./data/look";
import { type Host, sharedOf } from "./host";
import type { Rpc } from "./rpc";
import type { Shared, Store } from "./store";

export class Setting {
  #store: Store;
  #rpc: Rpc;
  #host: Host;
  #failed: (error: unknown) => void;

  constructor(store: Store, rpc: Rpc, host: Host, failed: (error: unknown) => void) {
    this.#store = store;
    this.#rpc = rpc;
    this.#host = host;
    this.#failed = failed;
  }

  /** False when it is so already. */
  propose(patch: Partial<Shared>): boolean {
    if (!this.#store.propose(patch)) return false;
    const sent = this.#store.unconfirmed;
    this.#rpc
      .request("set", "set", sent)
      .then(() => this.#store.confirm(sent, this.#traits()), this.#failed);
    return true;
  }

  /** Which samples are left: Python finds them, and says so to all views. */
  leave(filter: Wanted | null): void {
    this.#rpc.request("filter", "set", { filter }).catch(this.#failed);
  }

  /** What Python has counts. */
  adopt(): void {
    this.#store.adopt(this.#traits());
  }

  reject(): void {
    this.#store.reject(this.#traits());
  }

  #traits(): Shared {
    return sharedOf(this.#host.traits());
  }
}
