/** How numbers on the way are called: `conv2d[3, 4, 5]`. */
import { h } from "../dom";
import type { TermSource } from "../protocol.gen";
import { type Say, wordOf } from "../text";

export function indexText(index: readonly number[] | null): string {
  return index ? `[${index.join(", ")}]` : "";
}

/** The end of a path: what stands in a narrow place; the whole path is its title. */
export function shortName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A name that may be cut off, and an index that may not. */
export function nameOf(
  path: string,
  index: readonly number[] | null,
  { before = "", after = "" } = {},
): HTMLElement {
  return h(
    "span",
    { class: "kv-number-name", title: `${path}${indexText(index)}` },
    before,
    h("span", { class: "kv-number-path", text: shortName(path) }),
    h("span", { class: "kv-number-index", text: `${indexText(index)}${after}` }),
  );
}

/** What an input of the sum is called. */
export function inputName(source: TermSource, index: readonly number[], say: Say): HTMLElement {
  const around = source.function ? { before: `${source.function}(`, after: ")" } : {};
  if (source.stage) return nameOf(wordOf(say, source.stage), null, around);
  return nameOf(source.path, index, around);
}
