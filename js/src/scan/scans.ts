/** The scan of the samples: what is known of it, and the one that runs. Views hold no copy: they listen. */
import type { ScanFacts } from "../protocol.gen";
import { type Answer, KernelGone, ProtocolMismatch, RequestCancelled, type Rpc } from "../rpc";

const RUN = "run_scan";

export interface ScansOwner {
  trouble(error: KernelGone | ProtocolMismatch): void;
}

export class Scans {
  /** Null until Python has said. */
  facts: ScanFacts | null = null;
  /** The share that is done of the one that runs; null: none runs. */
  share: number | null = null;
  error = "";
  /** Another number after each scan, or when it does not hold any more. */
  serial = 0;
  #owner: ScansOwner;
  #rpc: Rpc;
  #scanned: () => void;
  #listeners = new Set<() => void>();

  /** `scanned` is told when there is another scan, or the one there is does not hold any more. */
  constructor(owner: ScansOwner, rpc: Rpc, scanned: () => void) {
    this.#scanned = scanned;
    this.#owner = owner;
    this.#rpc = rpc;
  }

  /** Whether there are numbers to show. */
  get there(): boolean {
    return (this.facts?.scanned ?? 0) > 0;
  }

  listen(listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Python has another one, or the weights are others. */
  async changed(): Promise<void> {
    this.serial += 1;
    await this.ask();
    this.#scanned();
  }

  /** A page that is opened anew may find a scan. */
  async begin(): Promise<void> {
    await this.ask();
    if (this.there) this.#scanned();
  }

  /** What is known now. */
  async ask(): Promise<void> {
    await this.#settled(this.#rpc.request("scan", "scan", {}));
  }

  /** Goes over all samples; what is on the screen is answered meanwhile. */
  async run(everyLayer = false): Promise<void> {
    if (this.share !== null) return;
    this.share = 0;
    this.error = "";
    this.#tell();
    const params = { every_layer: everyLayer };
    const running = this.#rpc.request(RUN, RUN, params, ({ done, total }) => {
      if (this.share === null || total === 0) return;
      this.share = done / total;
      this.#tell();
    });
    await this.#settled(running, true);
  }

  /** Ends it after the batch that is under way; what was gathered stays. */
  stop(): void {
    this.#rpc.cancel(RUN);
  }

  async #settled(request: Promise<Answer>, ran = false): Promise<void> {
    try {
      const { payload } = await request;
      if (payload.kind === "scan") this.facts = payload;
    } catch (error) {
      this.#failed(error, ran);
    }
    if (ran) this.share = null;
    this.#tell();
  }

  #failed(error: unknown, ran: boolean): void {
    if (error instanceof KernelGone || error instanceof ProtocolMismatch)
      this.#owner.trouble(error);
    else if (ran && !(error instanceof RequestCancelled))
      this.error = error instanceof Error ? error.message : String(error);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
