/** A list of all keys, in a dialog over the page; the browser keeps the focus inside it. */
import { h, setText } from "./dom";
import { iconButton, nameButton } from "./parts/stepper";
import type { Say, TextKey } from "./text";

/** Keys, and the key of the sentence that says what they do; by where they work. */
const KEYS: readonly [TextKey, readonly [string, TextKey][]][] = [
  [
    "keys_anywhere",
    [
      ["[ ]", "key_samples"],
      ["/", "key_search"],
      ["?", "key_help"],
      ["Tab", "key_tab"],
      ["Alt ←", "key_back"],
      ["Esc", "key_escape"],
    ],
  ],
  [
    "keys_strip",
    [
      ["← →", "key_neighbours"],
      ["PgUp PgDn", "key_page"],
      ["Home End", "key_ends"],
    ],
  ],
  [
    "keys_network",
    [
      ["← → ↑ ↓", "key_cards"],
      ["Enter", "key_open"],
      ["f", "key_fold"],
      ["+ −", "key_zoom"],
      ["0", "key_fit"],
      ["Home End", "key_first_last"],
    ],
  ],
  [
    "keys_layer",
    [
      ["← → ↑ ↓", "key_units"],
      ["Home End", "key_first_last_unit"],
    ],
  ],
  [
    "keys_picture",
    [
      ["← → ↑ ↓", "key_place"],
      ["Enter", "key_choose"],
    ],
  ],
  [
    "keys_menu",
    [
      ["a…z", "key_type"],
      ["↑ ↓", "key_options"],
      ["Enter", "key_choose"],
      ["Esc", "key_leave"],
    ],
  ],
];

export class Help {
  readonly button = h("button", { type: "button", class: "kv-icon kv-help", text: "?" });
  readonly dialog = h("dialog", { class: "kv-dialog" });
  #title = h("h2", { class: "kv-dialog-title" });
  #close = iconButton("M4 4l8 8M12 4l-8 8");
  #body = h("div", { class: "kv-keys" });

  constructor(signal: AbortSignal) {
    const head = h("div", { class: "kv-dialog-head" }, this.#title, this.#close);
    this.dialog.append(head, this.#body);
    this.button.addEventListener("click", () => this.open(), { signal });
    this.#close.addEventListener("click", () => this.dialog.close(), { signal });
    this.dialog.addEventListener("click", (event) => this.#click(event), { signal });
    this.dialog.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  open(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }

  speak(say: Say): void {
    nameButton(this.button, say("keys_button"));
    nameButton(this.#close, say("close"));
    setText(this.#title, say("keys"));
    this.dialog.setAttribute("aria-label", say("keys"));
    this.#body.replaceChildren(...KEYS.map(([place, keys]) => sectionOf(place, keys, say)));
  }

  /** A click beside the box closes it. */
  #click({ target, clientX, clientY }: MouseEvent): void {
    const { left, right, top, bottom } = this.dialog.getBoundingClientRect();
    const inside = clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
    if (target === this.dialog && !inside) this.dialog.close();
  }

  /** Nothing below the dialog hears its keys; Tab stays in it, as it has one button. */
  #key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Tab") {
      event.preventDefault();
      this.#close.focus();
    } else if (event.key === "?" || event.key === "Escape") {
      event.preventDefault();
      this.dialog.close();
    }
  }
}

function sectionOf(place: TextKey, keys: readonly [string, TextKey][], say: Say): HTMLElement {
  const list = h("dl", {});
  for (const [names, words] of keys) {
    const term = h("dt", {});
    for (const name of names.split(" ")) term.append(h("kbd", { text: name }));
    list.append(term, h("dd", { text: say(words) }));
  }
  return h("section", {}, h("h3", { text: say(place) }), list);
}
