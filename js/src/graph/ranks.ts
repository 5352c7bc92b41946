/**
 * Which column each cell stands in: every arc leads to a later one, and all together are as short as can be.
 *
 * The network simplex method of Gansner et al. 1993, "A technique for drawing directed graphs".
 */
import { type Arc, across, arcsOf, type Cell, range } from "./cells";

/** Arcs that are as short as they may be and hold all cells of a component together. */
interface Tree {
  root: Cell;
  cells: Set<Cell>;
  arcs: Set<Arc>;
}

/** A cell of a tree and all that hangs on it. */
interface Branch {
  cell: Cell;
  arc: Arc | null;
  above: Branch | null;
  /** The weight that draws it to the right, less what holds it on the left. */
  pull: number;
}

/** Expects no cycles. */
export function rankAll(cells: readonly Cell[]): void {
  const seen = new Set<Cell>();
  for (const cell of cells) setLatest(cell, seen);
  const done = new Set<Cell>();
  for (const cell of cells) {
    if (done.has(cell)) continue;
    const tree = tightTree(cell);
    shorten(tree);
    move(tree.cells, -range([...tree.cells].map(({ rank }) => rank)).low);
    for (const each of tree.cells) done.add(each);
  }
}

/** As far to the right as what it feeds lets it be. */
function setLatest(cell: Cell, seen: Set<Cell>): void {
  if (seen.has(cell)) return;
  seen.add(cell);
  cell.rank = 0;
  for (const { to } of cell.out) {
    setLatest(to, seen);
    cell.rank = Math.min(cell.rank, to.rank - 1);
  }
}

const slack = ({ from, to }: Arc) => to.rank - from.rank - 1;

function move(cells: Iterable<Cell>, by: number): void {
  for (const cell of cells) cell.rank += by;
}

function shortest(arcs: readonly Arc[]): Arc | undefined {
  let best = arcs[0];
  for (const arc of arcs) if (best && slack(arc) < slack(best)) best = arc;
  return best;
}

function tightTree(root: Cell): Tree {
  const tree: Tree = { root, cells: new Set([root]), arcs: new Set() };
  for (;;) {
    for (const cell of tree.cells) grow(tree, cell);
    const edge = [...tree.cells].flatMap((cell) =>
      arcsOf(cell).filter((arc) => !tree.cells.has(across(arc, cell))),
    );
    const next = shortest(edge);
    if (!next) return tree;
    move(tree.cells, tree.cells.has(next.from) ? slack(next) : -slack(next));
  }
}

function grow(tree: Tree, cell: Cell): void {
  for (const arc of arcsOf(cell)) {
    const other = across(arc, cell);
    if (slack(arc) > 0 || tree.cells.has(other)) continue;
    tree.cells.add(other);
    tree.arcs.add(arc);
  }
}

/** Moves branches of the tree for as long as that makes the arcs shorter; the bound is never met in practice. */
function shorten(tree: Tree): void {
  for (let round = 0; round < 20 * tree.cells.size; round += 1) {
    const branches = branchesOf(tree);
    const most = branches.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    if (gain(most) <= 0 || !most.arc) return;
    const inside = insideOf(most, branches);
    const right = most.arc.to === most.cell;
    const edge = [...inside].flatMap((cell) =>
      (right ? cell.out : cell.into).filter((arc) => !inside.has(across(arc, cell))),
    );
    const next = shortest(edge);
    if (!next) return;
    move(inside, right ? slack(next) : -slack(next));
    tree.arcs.delete(most.arc);
    tree.arcs.add(next);
  }
}

/** What a step away from its tree's arc would save. */
const gain = ({ arc, cell, pull }: Branch) => (arc?.to === cell ? pull : -pull);

/** From the root outwards. */
function branchesOf({ root, arcs }: Tree): Branch[] {
  const branches = [branchOf(root, null, null)];
  for (const branch of branches)
    for (const arc of arcsOf(branch.cell))
      if (arcs.has(arc) && arc !== branch.arc)
        branches.push(branchOf(across(arc, branch.cell), arc, branch));
  for (const { above, pull } of [...branches].reverse()) if (above) above.pull += pull;
  return branches;
}

function branchOf(cell: Cell, arc: Arc | null, above: Branch | null): Branch {
  return { cell, arc, above, pull: weightOf(cell.out) - weightOf(cell.into) };
}

const weightOf = (arcs: readonly Arc[]) => arcs.reduce((sum, { weight }) => sum + weight, 0);

function insideOf(branch: Branch, branches: readonly Branch[]): Set<Cell> {
  const inside = new Set([branch.cell]);
  for (const { cell, above } of branches) if (above && inside.has(above.cell)) inside.add(cell);
  return inside;
}
