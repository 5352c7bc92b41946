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

/** An inner result's name; the numbers in it stay where they are. */
export function stageText(stage: string, say: Say): string {
  const numbers = stage.match(/\d+/g) ?? [];
  const key = stage.replace(/\d+/g, "#").replaceAll(" ", "_");
  const name = wordOf(say, key);
  return name.replaceAll("#", () => numbers.shift() ?? "#");
}

/** "{0}" in a stage's name is a number of the term's index. */
export function stageAt(stage: string, index: readonly number[]): string {
  return stage.replace(/\{(\d+)\}/g, (_, at: string) => String(index[Number(at)] ?? ""));
}

/** What an input of the sum is called. */
export function inputName(source: TermSource, index: readonly number[], say: Say): HTMLElement {
  const column = source.names[index[0] ?? -1];
  if (column !== undefined) {
    const title = `${source.path}${indexText(index)}`;
    const text = source.function ? `${source.function}(${column})` : column;
    return h("span", { class: "kv-number-name", title, text });
  }
  const around = source.function ? { before: `${source.function}(`, after: ")" } : {};
  if (source.stage) return nameOf(stageText(stageAt(source.stage, index), say), null, around);
  if (source.path) return nameOf(source.path, index.length > 0 ? index : null, around);
  return nameOf(say("inner_number"), null, around);
}
