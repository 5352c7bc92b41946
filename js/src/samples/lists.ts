/** Which samples are moved through: a menu, and a line that says what the list holds. */
import { type Filter, filterText } from "../data/look";
import { h, setText } from "../dom";
import { formatCount } from "../draw/format";
import { Combobox } from "../parts/combobox";
import { iconButton, nameButton } from "../parts/stepper";
import type { Choices, Listing } from "../protocol.gen";
import { type Answer, RequestFailed, type Rpc } from "../rpc";
import type { Say } from "../text";
import { ALL, CHOSEN, listOf, listOptions, listText, orderText } from "./menus";

export class Lists {
  readonly element: HTMLElement;
  #menu: Combobox;
  #text = h("span", { class: "kv-list-text kv-muted", role: "status" });
  #cancel = iconButton("M4 4l8 8M12 4l-8 8");
  #clear = h("button", { type: "button", class: "kv-chip kv-filter", "aria-pressed": "true" });
  #filter: Filter | null = null;
  #refused = "";
  #rpc: Rpc;
  #changed: (chosen: boolean) => void;
  #say: Say = (key) => key;
  #choices: Choices | null = null;
  /** What is chosen in the menu, and what the list that is there was made by. */
  #chosen = ALL;
  #shown = ALL;
  #answer: { listing: Listing; samples: Int32Array } | null = null;
  #outside: number | null = null;
  #trouble = "";
  #run = 0;
  #asleep = false;

  /** `changed(true)`: another list was chosen; `changed(false)`: the same one was made again. */
  constructor(rpc: Rpc, changed: (chosen: boolean) => void, all: () => void, signal: AbortSignal) {
    this.#rpc = rpc;
    this.#changed = changed;
    this.#menu = new Combobox((value) => this.#choose(value), signal);
    this.#cancel.classList.add("kv-small");
    this.#cancel.hidden = true;
    this.#cancel.addEventListener("click", () => this.#giveUp(), { signal });
    this.#clear.addEventListener("click", all, { signal });
    const parts = [this.#menu.element, this.#clear, this.#text, this.#cancel];
    this.element = h("div", { class: "kv-lists" }, ...parts);
  }

  /** Whether the list has an order of its own, that begins at its first. */
  get ordered(): boolean {
    return this.#answer !== null && orderText(this.#answer.listing.by, this.#say) !== "";
  }

  /** The samples of the list in their order; null for all. */
  get samples(): Int32Array | null {
    return this.#answer?.samples ?? null;
  }

  offer(choices: Choices | null, say: Say): void {
    this.#choices = choices;
    this.#trouble = "";
    this.speak(say);
  }

  /** Nothing can be offered, and why. */
  fail(message: string): void {
    this.#trouble = message;
    this.#tell();
  }

  speak(say: Say): void {
    this.#say = say;
    this.#menu.name(say("list"), say);
    this.#fill();
    nameButton(this.#cancel, say("give_up"));
    this.#tell();
  }

  asleep(on: boolean): void {
    this.#asleep = on;
    if (on) this.#giveUp();
    this.speak(this.#say);
  }

  /** The sample that is shown is not in the list; null: it is. */
  place(outside: number | null): void {
    if (outside === this.#outside) return;
    this.#outside = outside;
    this.#tell();
  }

  /** Samples were chosen elsewhere: these come before a list of the menu. */
  leave(filter: Filter | null, refused: string): void {
    if (filter === this.#filter && refused === this.#refused) return;
    this.#filter = filter;
    this.#refused = refused;
    this.#fill();
    this.#tell();
  }

  /** The model is another one: a list made from its predictions is made again. */
  again(): void {
    const list = listOf(this.#shown);
    if (list && list.by !== "label") void this.#ask(this.#shown, false);
  }

  #choose(value: string): void {
    this.#trouble = "";
    if (value === CHOSEN) return this.#giveUp();
    if (value === this.#shown && this.#cancel.hidden && !this.#filter) return;
    this.#chosen = value;
    if (listOf(value)) return void this.#ask(value, true);
    this.#giveUp();
    this.#shown = value;
    this.#answer = null;
    this.#filter = null;
    this.#changed(true);
    this.#show();
  }

  async #ask(value: string, chosen: boolean): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    this.#rpc.cancel("listing");
    this.#cancel.hidden = false;
    setText(this.#text, this.#say("list_working"));
    try {
      const answer = await this.#rpc.request(
        "listing",
        "listing",
        listOf(value) ?? {},
        (progress) => {
          if (run === this.#run) this.#progress(progress);
        },
      );
      if (run === this.#run) this.#arrived(value, answer, chosen);
    } catch (error) {
      if (run !== this.#run) return;
      this.#chosen = this.#shown;
      this.#trouble = error instanceof RequestFailed ? error.message : "";
    }
    if (run === this.#run) this.#show();
  }

  #progress({ done, total }: { done: number; total: number }): void {
    if (total <= 0) return;
    const values = { done: formatCount(done), total: formatCount(total) };
    setText(this.#text, this.#say("list_progress", values));
  }

  #arrived(value: string, { payload, tensors }: Answer, chosen: boolean): void {
    const samples = tensors.get("samples")?.values;
    if (payload.kind !== "listing" || !(samples instanceof Int32Array)) return;
    this.#shown = value;
    this.#answer = { listing: payload, samples };
    if (chosen) this.#filter = null;
    this.#changed(chosen);
  }

  #giveUp(): void {
    if (this.#cancel.hidden) return;
    this.#run += 1;
    this.#rpc.cancel("listing");
    this.#chosen = this.#shown;
    this.#show();
  }

  #show(): void {
    this.#cancel.hidden = true;
    this.#fill();
    this.#tell();
  }

  /** The menu says what is walked through: samples that were chosen elsewhere come before a list. */
  #fill(): void {
    const filtered = this.#filter !== null;
    const options = listOptions(this.#choices, this.#say, filtered);
    const off = this.#choices && options.length === 1 ? this.#say("list_off") : "";
    this.#menu.set(options, filtered && this.#cancel.hidden ? CHOSEN : this.#chosen);
    this.#menu.disable(this.#asleep ? this.#say("kernel_gone") : off);
  }

  #tell(): void {
    this.#clear.hidden = this.#filter === null;
    const chosen = this.#filter ? filterText(this.#filter, this.#say) : "";
    setText(this.#clear, `${chosen} ×`);
    this.#clear.title = `${chosen}\n${this.#say("all_clear")}`;
    this.#clear.setAttribute("aria-label", `${chosen}: ${this.#say("all_clear")}`);
    if (!this.#cancel.hidden) return;
    const held =
      this.#answer && !this.#filter
        ? listText(this.#answer.listing, this.#answer.samples.length, this.#say)
        : "";
    const sample = formatCount(this.#outside ?? 0);
    const outside = this.#outside === null ? "" : this.#say("outside_why", { sample });
    const trouble = this.#trouble || this.#refused;
    setText(this.#text, trouble || [held, outside].filter(Boolean).join(" · "));
    const order = this.#answer ? orderText(this.#answer.listing.by, this.#say) : "";
    this.#text.title = [this.#text.textContent, order].filter(Boolean).join("\n");
    this.#menu.explain(order);
    this.#text.classList.toggle("kv-trouble", trouble !== "");
  }
}
