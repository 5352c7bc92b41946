/** A menu with search, after the ARIA pattern "combobox with a list": type, arrows, Enter, Escape. */

import { h, setText } from "../dom";
import { uniqueId } from "../rpc";
import type { Say } from "../text";
import { matching, movedTo, type Option } from "./matching";

/** Options in the page at once; typing finds the others. */
const MOST = 200;

export class Combobox {
  readonly element: HTMLElement;
  readonly #id = `kv-${uniqueId()}`;
  #label = h("label", { class: "kv-label", for: `${this.#id}-input` });
  #input = h("input", {
    id: `${this.#id}-input`,
    type: "text",
    class: "kv-combo-input",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": `${this.#id}-list`,
  });
  #list = h("ul", { id: `${this.#id}-list`, class: "kv-combo-list", role: "listbox" });
  #more = h("div", { class: "kv-combo-more" });
  #popup = h("div", { class: "kv-combo-popup" }, this.#list, this.#more);
  #options: readonly Option[] = [];
  #found: readonly Option[] = [];
  #items: HTMLElement[] = [];
  #chosen = "";
  /** Enter came before there was anything to choose: the first that comes is meant. */
  #early = false;
  #typed = "";
  #hint = "";
  #active = 0;
  /** The arrow keys chose the active one. */
  #moved = false;
  #say: Say = (key) => key;
  #onChoose: (value: string) => void;

  constructor(onChoose: (value: string) => void, signal: AbortSignal) {
    this.#onChoose = onChoose;
    this.#popup.hidden = true;
    const box = h("span", { class: "kv-combo-box" }, this.#input, this.#popup);
    this.element = h("div", { class: "kv-combo" }, this.#label, box);
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void,
    ) => this.#input.addEventListener(type, listener, { signal });
    on("click", () => this.#open());
    on("focus", () => this.#input.select());
    on("input", () => this.#open(this.#input.value));
    on("blur", () => this.#close());
    on("keydown", (event) => this.#key(event));
    // The field keeps the focus while an option is clicked.
    this.#popup.addEventListener("pointerdown", (event) => event.preventDefault(), { signal });
    this.#list.addEventListener("click", (event) => this.#click(event), { signal });
  }

  name(label: string, say: Say): void {
    this.#say = say;
    setText(this.#label, label);
    this.#list.setAttribute("aria-label", label);
  }

  /** The options, and the one that is chosen. In an open list the one that the keys went to stays under them. */
  set(options: readonly Option[], chosen: string): void {
    this.#options = options;
    this.#chosen = chosen;
    if (this.#popup.hidden) return this.#show();
    const pointed = this.#moved ? this.#found[this.#active]?.value : undefined;
    this.#fill(this.#typed);
    const again = this.#found.findIndex(({ value }) => value === pointed);
    if (again >= 0) this.#activate(again);
    if (this.#early) this.#choose(0);
  }

  /** Off, with the reason in place of a choice; "" is on. */
  disable(reason: string): void {
    this.#input.disabled = reason !== "";
    this.element.title = reason;
    if (reason) this.#close();
  }

  /** More about what is chosen, beside the field's own text. */
  explain(words: string): void {
    this.#input.setAttribute("aria-description", words);
  }

  #show(): void {
    const chosen = this.#options.find(({ value }) => value === this.#chosen);
    this.#input.value = chosen?.text ?? "";
    this.#input.title = chosen?.detail ? `${chosen.text} (${chosen.detail})` : (chosen?.text ?? "");
  }

  #open(typed = ""): void {
    if (this.#input.disabled) return;
    this.#early = false;
    this.#moved = false;
    const fresh = this.#popup.hidden;
    this.#popup.hidden = false;
    this.#input.setAttribute("aria-expanded", "true");
    if (fresh && !typed) this.#input.select();
    this.#fill(typed);
  }

  #close(): void {
    this.#early = false;
    this.#popup.hidden = true;
    this.#input.setAttribute("aria-expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
    this.#show();
  }

  #fill(typed: string): void {
    this.#typed = typed;
    const all = matching(this.#options, typed);
    this.#found = all.slice(0, MOST);
    this.#items = this.#found.map((option, i) => this.#item(option, i));
    this.#list.replaceChildren(...this.#items.flatMap((item, i) => [...this.#heading(i), item]));
    const hidden = all.length - this.#found.length;
    const none = all.length === 0 ? this.#say("no_match") : "";
    this.#hint = hidden > 0 ? this.#say("type_to_find", { count: hidden }) : none;
    const chosen = this.#found.findIndex(({ value }) => value === this.#chosen);
    this.#activate(typed || chosen < 0 ? 0 : chosen);
  }

  /** Above the first of a group. */
  #heading(i: number): HTMLElement[] {
    const group = this.#found[i]?.group;
    if (!group || group === this.#found[i - 1]?.group) return [];
    return [h("li", { role: "presentation", class: "kv-combo-group", text: group })];
  }

  #item({ value, text, detail, off }: Option, i: number): HTMLElement {
    return h(
      "li",
      {
        id: `${this.#id}-${i}`,
        role: "option",
        class: "kv-combo-option",
        "aria-selected": String(value === this.#chosen),
        "aria-disabled": off ? "true" : null,
        title: off,
        "data-at": i,
      },
      h("span", { class: "kv-combo-text", text }),
      detail && h("span", { class: "kv-muted", text: detail }),
    );
  }

  #activate(at: number): void {
    this.#items[this.#active]?.classList.remove("kv-active");
    this.#active = at;
    setText(this.#more, this.#found[at]?.off ?? this.#hint);
    this.#more.hidden = this.#more.textContent === "";
    const option = this.#items[at];
    option?.classList.add("kv-active");
    if (option) this.#input.setAttribute("aria-activedescendant", option.id);
    else this.#input.removeAttribute("aria-activedescendant");
    if (option) keepInSight(this.#popup, option);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.isComposing) return;
    event.stopPropagation();
    const open = !this.#popup.hidden;
    const to = movedTo(event.key, this.#active, this.#found.length);
    if (!open && ["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) this.#open();
    else if (open && to !== null) this.#move(to);
    else if (open && event.key === "Enter") this.#choose(this.#active);
    else if (open && event.key === "Escape") this.#close();
    else return;
    event.preventDefault();
  }

  #move(to: number): void {
    this.#moved = true;
    this.#activate(to);
  }

  #click({ target }: MouseEvent): void {
    const item = target instanceof Element ? target.closest<HTMLElement>("[data-at]") : null;
    if (item) this.#choose(Number(item.dataset.at));
  }

  #choose(at: number): void {
    const option = this.#found[at];
    this.#early = !option;
    if (!option || option.off) return;
    this.#chosen = option.value;
    this.#close();
    this.#input.select();
    this.#onChoose(option.value);
  }
}

/** Scrolls the list alone, never the notebook. */
function keepInSight(box: HTMLElement, item: HTMLElement): void {
  const top = item.offsetTop;
  const bottom = top + item.offsetHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}
