/** What stands on the sheet: nodes, frames, lines; and how a layer is found by a word. */
import { h, svg } from "../dom";
import { arrowHead, connection } from "../draw/lines";
import type { Box, Layout } from "../graph/layout";
import { type Item, lineOf, type Tree } from "../graph/tree";
import { tools } from "../parts/tools";
import type { Say } from "../text";
import { inOrder } from "./graph_keys";
import type { Context } from "./view";

/** Around the network. */
export const PAD = 14;
/** Around each card, for its focus ring. */
const RING = 5;

export const inputNode = (label: string) =>
  h("span", { class: "kv-input-node", text: label, title: label });

export function nodeOf(box: Box, ...children: (HTMLElement | null)[]): HTMLElement {
  return put(h("div", { class: "kv-node" }, ...children), box, RING);
}

export function frameOf(tree: Tree, box: Box, say: Say): HTMLElement {
  const item = tree.get(box.id);
  return put(h("div", { class: "kv-frame" }, item ? foldButton(item, "−", say) : null), box, 0);
}

/** Folds what is open ("−") or unfolds what is folded ("+"). */
export function foldButton(item: Item, sign: "+" | "−", say: Say): HTMLElement {
  const open = sign === "−";
  const name = say(open ? "fold" : "unfold", { name: item.label });
  const word = open ? h("span", { class: "kv-frame-name", text: item.label }) : null;
  const attributes = { type: "button", class: "kv-fold", "data-fold": item.id, tabindex: -1 };
  const mark = h("span", { class: "kv-fold-sign", text: sign, "aria-hidden": "true" });
  return h("button", { ...attributes, title: name, "aria-label": name }, mark, word);
}

/** By name, path or kind; what is folded away is found as well. */
export function matching(tree: Tree, wanted: string): string[] {
  const hit = ({ card, label, kind, id }: Item) =>
    kind !== "input" &&
    id !== "" &&
    `${card?.path ?? label} ${card?.layer_kind ?? ""}`.toLowerCase().includes(wanted);
  return [...tree.values()].filter(hit).map(({ id }) => id);
}

/** The first card inside a group that was just unfolded. */
export function outermost({ nodes }: Layout, tree: Tree, group: string): string | undefined {
  const inside = nodes.filter(({ id }) => lineOf(tree, id).some((each) => each.id === group));
  return inOrder({ nodes: inside })[0]?.id;
}

/** The room around it is for focus rings, which must not be cut off. */
function put(element: HTMLElement, { x, y, width, height }: Box, around: number): HTMLElement {
  element.style.left = `${x + PAD - around}px`;
  element.style.top = `${y + PAD - around}px`;
  element.style.width = `${width + 2 * around}px`;
  element.style.height = `${height + 2 * around}px`;
  return element;
}

export function drawing({ lines }: Layout, width: number, height: number): SVGElement {
  const data = (known: boolean) =>
    lines
      .filter((line) => line.known === known)
      .map(connection)
      .join("");
  const [solid, dashed] = [data(true), data(false)];
  const transform = `translate(${PAD} ${PAD})`;
  return svg(
    "svg",
    { class: "kv-lines", width, height, "aria-hidden": "true" },
    svg("path", { class: "kv-line", d: solid, transform }),
    svg("path", { class: "kv-line kv-dashed", d: dashed, transform }),
    svg("path", { class: "kv-arrows", d: lines.map(arrowHead).join(""), transform }),
  );
}

/** The overview's line of Python, and its picture. */
export function graphTools(root: HTMLElement, { say, signal }: Context): HTMLElement {
  const { element, update } = tools(() => root, signal);
  update("w.activations", say("overview"), say);
  return element;
}
