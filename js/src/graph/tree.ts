/** The layers of a model as a tree: models inside models, and repeated blocks where there are many. */
import type { Card } from "../protocol.gen";
import { blocksOf } from "./blocks";

export interface Item {
  id: string;
  label: string;
  /** Null for a block (no layer of its own) and for the model's input. */
  card: Card | null;
  kind: "layer" | "group" | "input";
  parent: string;
  children: string[];
}

export type Tree = ReadonlyMap<string, Item>;

/** Up to this many cards a network is shown in full. */
export const MANY = 40;

export const ROOT = "";

/** Layers that hold others only to do their own work: their inside is shown when asked for. */
const CLOSED = new Set(
  "MultiHeadAttention GroupedQueryAttention Bidirectional TimeDistributed SpectralNormalization".split(
    " ",
  ),
);

export function treeOf(cards: readonly Card[]): Tree {
  const tree = new Map<string, Item>([[ROOT, item(ROOT, "", null, "group", ROOT)]]);
  for (const input of inputsOf(cards)) add(tree, item(input, input, null, "input", ROOT));
  const containers = new Set(cards.map(({ parent }) => parent));
  for (const card of cards) {
    ensure(tree, card.parent);
    const kind = containers.has(card.path) ? "group" : "layer";
    add(tree, item(card.path, card.name, card, kind, card.parent));
  }
  if (cards.length > MANY) for (const each of [...tree.values()]) foldBlocks(tree, each);
  return tree;
}

function item(
  id: string,
  label: string,
  card: Card | null,
  kind: Item["kind"],
  parent: string,
): Item {
  return { id, label, card, kind, parent, children: [] };
}

function add(tree: Map<string, Item>, each: Item): void {
  tree.set(each.id, each);
  tree.get(each.parent)?.children.push(each.id);
}

/** A block that has no card itself: its output was never seen. */
function ensure(tree: Map<string, Item>, path: string): void {
  if (tree.has(path)) return;
  const cut = path.lastIndexOf("/");
  const parent = cut < 0 ? ROOT : path.slice(0, cut);
  ensure(tree, parent);
  add(tree, item(path, path.slice(cut + 1), null, "group", parent));
}

export const isInput = (path: string) => path === "input" || path.startsWith("input:");

function inputsOf(cards: readonly Card[]): string[] {
  return [...new Set(cards.flatMap(({ inputs }) => inputs.filter(isInput)))];
}

function foldBlocks(tree: Map<string, Item>, parent: Item): void {
  const members = parent.children.map((id) => tree.get(id)).filter((each) => each !== undefined);
  const blocks = blocksOf(members.map((each) => (each.kind === "input" ? "" : each.label)));
  if (blocks.length === 1 && blocks[0]?.end === members.length) return;
  for (const { name, start, end } of blocks.reverse()) {
    const group = item(`${parent.id}⟨${name}⟩`, name, null, "group", parent.id);
    for (const member of members.slice(start, end)) {
      member.parent = group.id;
      group.children.push(member.id);
    }
    tree.set(group.id, group);
    parent.children.splice(start, end - start, group.id);
  }
}

/** What is folded before anybody asked: inner workings always, models and blocks where there are many. */
export function foldedAtFirst(tree: Tree): Set<string> {
  const groups = groupsOf(tree);
  const folded = new Set(groups.filter((id) => CLOSED.has(tree.get(id)?.card?.layer_kind ?? "")));
  return countShown(tree, folded) <= MANY ? folded : new Set(groups);
}

/** Everything that can be folded. */
export function groupsOf(tree: Tree): string[] {
  const groups = [...tree.values()].filter(({ kind, id }) => kind === "group" && id !== ROOT);
  return groups.map(({ id }) => id);
}

export function countShown(tree: Tree, folded: ReadonlySet<string>, id = ROOT): number {
  const { children = [] } = tree.get(id) ?? {};
  let count = 0;
  for (const child of children) {
    const open = tree.get(child)?.kind === "group" && !folded.has(child);
    count += open ? countShown(tree, folded, child) : 1;
  }
  return count;
}

/** From the item up to the root, which is not among them. */
export function lineOf(tree: Tree, id: string): Item[] {
  const line: Item[] = [];
  let each = tree.get(id);
  while (each && each.id !== ROOT && line.length < 64) {
    line.push(each);
    each = tree.get(each.parent);
  }
  return line;
}

/** The card that stands for an item: the outermost folded group around it, or itself. */
export function shownAs(tree: Tree, folded: ReadonlySet<string>, id: string): string {
  return lineOf(tree, id).findLast((each) => folded.has(each.id))?.id ?? id;
}

/** The layers below a group, in the order they run; containers among them do not count. */
export function layersIn(tree: Tree, id: string): Card[] {
  const each = tree.get(id);
  if (!each) return [];
  if (each.kind !== "group") return each.card ? [each.card] : [];
  return each.children.flatMap((child) => layersIn(tree, child));
}

/** The layer whose output is a group's output. */
export function outputOf(tree: Tree, id: string): Card | null {
  const each = tree.get(id);
  return each?.card ?? layersIn(tree, id).at(-1) ?? null;
}
