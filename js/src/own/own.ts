/** What a person makes, on its way to the kernel; and whether the panel to make it in is open. */
import { h, setText } from "../dom";
import type { Panels, PanelsOwner } from "../panels";
import { icon } from "../parts/stepper";
import { KernelGone, messageOf, ProtocolMismatch, RequestCancelled, type Rpc } from "../rpc";
import { encodeTensor } from "../tensor";
import type { Say } from "../text";
import { PENCIL } from "./controls";
import { type Made, Sender } from "./sender";

export interface OwnHost extends Pick<PanelsOwner, "state" | "trouble"> {
  /** The kernel has set the shared state. */
  agree(): void;
}

export class Own {
  readonly button = h("button", { type: "button", class: "kv-button kv-own-open" }, icon(PENCIL));
  #text = h("span");
  #host: OwnHost;
  #panels: Panels;
  #rpc: Rpc;
  #sender = new Sender((made) => this.#ask(made));
  #open: boolean | null = null; // null: nobody has said

  constructor(host: OwnHost, panels: Panels, rpc: Rpc, signal: AbortSignal) {
    this.#host = host;
    this.#panels = panels;
    this.#rpc = rpc;
    this.button.append(this.#text);
    this.button.addEventListener("click", () => this.#unfold(!this.#open), { signal });
    this.button.setAttribute("aria-expanded", "false");
  }

  speak(say: Say): void {
    setText(this.#text, say("own_open"));
    this.button.title = say("own_open_why");
    this.button.setAttribute("aria-label", say("own_open"));
  }

  disable(on: boolean): void {
    this.button.disabled = on;
    this.#panels.all.own.element.inert = on;
  }

  send(made: Made): void {
    this.#sender.send(made);
  }

  /** What is still being made is not wanted any more. */
  stop(): void {
    this.#sender.stop();
    this.#rpc.cancel("own");
  }

  /** Open from the beginning where there are no data to look at. */
  begin(inputsMade: boolean): void {
    if (this.#open === null) this.#unfold(inputsMade);
  }

  #unfold(open: boolean): void {
    this.#open = open;
    this.#panels.unfold(open);
    this.button.classList.toggle("kv-on", open);
    this.button.setAttribute("aria-expanded", String(open));
  }

  async #ask({ input, maker, note, number = 0, text = "", values, done }: Made): Promise<void> {
    const params = { sample: this.#host.state().sample, input, maker, note, number, text };
    const sent = values ? [encodeTensor("values", values.numbers, values.shape)] : [];
    try {
      await this.#rpc.request("own", "own_input", params, undefined, sent);
      this.#host.agree();
      done(null);
    } catch (error) {
      if (error instanceof KernelGone || error instanceof ProtocolMismatch) {
        this.#host.trouble(error);
      } else if (!(error instanceof RequestCancelled)) done(messageOf(error));
    }
  }
}
