/** Who feeds whom. Where nobody knows, a layer follows the one before it, and the line is dashed. */
import type { Card } from "../protocol.gen";
import { type Item, isInput, ROOT, type Tree } from "./tree";

export interface Link {
  from: string;
  to: string;
  /** Known, or only guessed from the order. */
  known: boolean;
}

export function linksOf(tree: Tree): Link[] {
  const links: Link[] = [];
  const feeding = new Set<string>();
  const link = (from: string, to: string, known: boolean) => {
    if (from === to || from === ROOT) return;
    feeding.add(from);
    links.push({ from, to, known });
  };
  for (const { id, card } of tree.values()) {
    for (const path of card?.inputs ?? []) {
      const from = sourceOf(tree, path);
      if (from !== null) link(from, id, true);
    }
  }
  const known = new Set(links.map(({ to }) => to));
  for (const each of tree.values()) {
    if (each.kind !== "layer" || known.has(each.id)) continue;
    for (const from of before(tree, each, feeding)) link(from, each.id, false);
  }
  return links;
}

/** The item that gives `path`; of a call or an output that has no card, the layer's own. */
function sourceOf(tree: Tree, path: string): string | null {
  if (tree.has(path)) return path;
  const bare = path.replace(/([#.]\d+)+$/, "");
  return tree.has(bare) ? bare : null;
}

/** The layers right before this one that feed nobody yet, at least one; else what feeds its parent. */
function before(tree: Tree, each: Item, feeding: ReadonlySet<string>): string[] {
  const siblings = tree.get(each.parent)?.children ?? [];
  const at = siblings.indexOf(each.id);
  if (at <= 0) return above(tree, each);
  let start = at - 1;
  while (start > 0 && !feeding.has(siblings[start] ?? "") && loose(siblings[start - 1], feeding))
    start -= 1;
  return siblings.slice(start, at);
}

const loose = (id: string | undefined, feeding: ReadonlySet<string>) =>
  id !== undefined && !isInput(id) && !feeding.has(id);

function above(tree: Tree, { parent }: Item): string[] {
  const group = tree.get(parent);
  if (!group || group.id === ROOT) return [];
  const inputs = knownInputs(tree, group.card);
  return inputs.length > 0 ? inputs : before(tree, group, new Set(tree.keys()));
}

function knownInputs(tree: Tree, card: Card | null): string[] {
  return (card?.inputs ?? []).map((path) => sourceOf(tree, path)).filter((id) => id !== null);
}
