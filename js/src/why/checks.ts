/** The checks of the attribution on the screen: made when asked for, gone when it changes. */
import { h, setText } from "../dom";
import { Panel } from "../panel";
import type { Progress } from "../protocol.gen";
import type { Rpc } from "../rpc";
import type { WhyLook } from "./look";
import { placeOf, type WhyOwner } from "./place";

const SLOT = "checked";

interface Needs {
  look(): WhyLook;
  width(): number;
}

export class Checks {
  readonly element = h("div", { class: "kv-why-checks", hidden: true });
  readonly button = h("button", { type: "button", class: "kv-button", hidden: true });
  readonly #panel: Panel;
  #owner: WhyOwner;
  #rpc: Rpc;
  #running = false;

  constructor(owner: WhyOwner, rpc: Rpc, needs: Needs, signal: AbortSignal) {
    this.#owner = owner;
    this.#rpc = rpc;
    const host = placeOf(owner, rpc, {
      wants: ({ params }) => {
        const { sample, method } = owner.state();
        return this.open && params.sample === sample && params.method === method;
      },
      why: needs.look,
      width: needs.width,
      progress: (progress) => this.#tell(progress),
      arrived: () => {},
    });
    this.#panel = new Panel(host, "checked", signal);
    this.element.append(this.#panel.element);
    this.button.addEventListener("click", () => void this.#toggle(), { signal });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  speak(): void {
    this.#panel.outdate();
    this.#name();
  }

  refresh(): void {
    this.#panel.refresh();
  }

  /** Another attribution is on the screen, or none. */
  close(): void {
    if (this.#running) this.#rpc.cancel(SLOT);
    this.#running = false;
    this.element.hidden = true;
    this.button.hidden = this.#owner.state().method === "";
    this.#panel.put(h("span"));
    this.#name();
  }

  async #toggle(): Promise<void> {
    if (this.open) return this.close();
    const { sample, target, method, layer, options } = this.#owner.state();
    this.element.hidden = false;
    this.#running = true;
    this.#name();
    const params = { sample, target, method, layer, options };
    await this.#panel.ask({ slot: SLOT, name: "evaluation", params });
    this.#running = false;
    this.#name();
  }

  #tell({ done, total }: Progress): void {
    if (!this.#running || total === 0) return;
    setText(
      this.button,
      `${this.#owner.look().say("why_stop")} ${Math.round((done / total) * 100)} %`,
    );
  }

  #name(): void {
    const { say } = this.#owner.look();
    const idle = this.open ? "why_uncheck" : "why_check";
    setText(this.button, say(this.#running ? "why_stop" : idle));
    this.button.title = say("why_check_why");
    this.button.setAttribute("aria-expanded", String(this.open));
    this.button.classList.toggle("kv-on", this.open);
  }
}
