/** The sample in words: told when asked for, and told anew of the next sample as long as it is open. */
import { h, setText } from "../dom";
import { Panel } from "../panel";
import type { Rpc } from "../rpc";
import type { WhyLook } from "./look";
import { placeOf, type WhyOwner } from "./place";

const SLOT = "told";

interface Needs {
  look(): WhyLook;
  width(): number;
}

export class InWords {
  readonly element: HTMLElement;
  readonly button = h("button", { type: "button", class: "kv-button", "aria-expanded": "false" });
  readonly #panel: Panel;
  #owner: WhyOwner;
  #rpc: Rpc;

  constructor(owner: WhyOwner, rpc: Rpc, needs: Needs, signal: AbortSignal) {
    this.#owner = owner;
    this.#rpc = rpc;
    const host = placeOf(owner, rpc, {
      wants: ({ params }) => this.open && params.sample === owner.state().sample,
      why: needs.look,
      width: needs.width,
      arrived: () => {},
    });
    this.#panel = new Panel(host, "told", signal);
    this.element = this.#panel.element;
    this.element.hidden = true;
    this.button.addEventListener("click", () => this.#toggle(), { signal });
    this.element.addEventListener("click", (event) => this.#prove(event.target), { signal });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  ask(): void {
    if (!this.open) return;
    const { sample, target } = this.#owner.state();
    const params = { sample, target, language: this.#owner.language };
    void this.#panel.ask({ slot: SLOT, name: "told", params });
  }

  speak(): void {
    const { say } = this.#owner.look();
    setText(this.button, say("told"));
    this.button.title = say("told_why");
    this.#panel.name(say("told"));
    this.ask();
  }

  #toggle(): void {
    this.element.hidden = this.open;
    this.button.setAttribute("aria-expanded", String(this.open));
    this.button.classList.toggle("kv-on", this.open);
    if (this.open) this.ask();
    else this.#rpc.cancel(SLOT);
  }

  /** A number was clicked: what it is from is opened. */
  #prove(clicked: EventTarget | null): void {
    const { layer, unit, method } = clicked instanceof HTMLElement ? clicked.dataset : {};
    if (layer) this.#owner.choose({ layer, unit: Number(unit), place: null });
    else if (method) this.#owner.choose({ method, options: {} });
  }
}
