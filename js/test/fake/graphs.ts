/** Cards of networks, and their layouts. */
import { readFileSync } from "node:fs";
import { type Layout, layoutOf } from "../../src/graph/layout";
import { linksOf } from "../../src/graph/links";
import { foldedAtFirst, treeOf } from "../../src/graph/tree";
import type { Card } from "../../src/protocol.gen";

export const SIZES = { card: { width: 128, height: 190 }, input: { width: 64, height: 30 } };

export function card(path: string, inputs: string[], more: Partial<Card> = {}): Card {
  const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  const name = path.slice(parent ? parent.length + 1 : 0);
  const known = { layer_kind: "Dense", output_shape: [null, 4], num_parameters: 0, note: "" };
  const flags = { is_operation: false, is_container: false, multiply_adds: 0, memory: 16 };
  return { ...known, ...flags, path, name, parent, depth: 0, inputs, ...more };
}

/** What `keras.applications` has: path, kind, and the lines of what feeds it (-1: the input). */
export function application(name: string): Card[] {
  const text = readFileSync(new URL(`../networks/${name}.json`, import.meta.url), "utf-8");
  const rows = JSON.parse(text) as [string, string, ...number[]][];
  const path = (i: number) => rows[i]?.[0] ?? "input";
  return rows.map(([own, layer_kind, ...from]) => card(own, from.map(path), { layer_kind }));
}

export function layout(cards: Card[], folded?: Set<string>): Layout {
  const tree = treeOf(cards);
  return layoutOf(tree, linksOf(tree), folded ?? foldedAtFirst(tree), SIZES);
}

export const box = ({ nodes, frames }: Layout, id: string) => {
  const found = [...nodes, ...frames].find((each) => each.id === id);
  if (!found) throw new Error(`${id} is not in the layout`);
  return found;
};
export const lines = ({ lines }: Layout) => lines.map(({ from, to }) => `${from}→${to}`);

export function overlaps({ nodes }: Layout): string[] {
  const found: string[] = [];
  nodes.forEach((a, i) => {
    for (const b of nodes.slice(i + 1)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x;
      if (!apart && a.y < b.y + b.height && b.y < a.y + a.height) found.push(`${a.id} ${b.id}`);
    }
  });
  return found;
}
