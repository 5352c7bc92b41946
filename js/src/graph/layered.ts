/**
 * A layered layout, left to right (Sugiyama et al. 1981): columns, then the order in each column, then heights.
 *
 * Our own instead of dagre, most of whose 48 kB (labels, clusters, other directions) nobody here needs.
 */
import { type Arc, type Cell, link, passage, range, unlink } from "./cells";
import type { Point, Size } from "./geometry";
import { setHeights } from "./heights";
import { columnsOf } from "./order";
import { rankAll } from "./ranks";

export interface Layered extends Size {
  /** Where each arc bends between its ends. */
  bends: Point[][];
}

const GAP = { columns: 30, cells: 22, lines: 8 };

/** An arc that leads onward, and the cells it passes through. */
interface Run {
  from: Cell;
  to: Cell;
  passing: Cell[];
  /** It was turned round. */
  back: boolean;
}

interface Column {
  left: number;
  right: number;
}

/** Puts every cell in its place. */
export function layered(cells: readonly Cell[], arcs: readonly Arc[]): Layered {
  const onward = allOnward(cells, arcs);
  rankAll(cells);
  const runs = onward.map(split);
  const all = [...cells, ...runs.flatMap(({ passing }) => passing)];
  const columns = columnsOf(all);
  setHeights(columns, gapOf);
  const sides = setColumns(columns);
  const top = range(all.map(({ y, above }) => y - above)).low;
  for (const each of all) each.y -= top;
  const bends = runs.map((run) => bendsOf(run, sides));
  const bottom = range(all.map(({ y, below }) => y + below)).high;
  const right = range(cells.map(({ x, width, passing }) => (passing ? 0 : x + width / 2))).high;
  return { bends, width: Math.max(0, right), height: Math.max(0, bottom) };
}

/** Turns those round that close a cycle. */
function allOnward(cells: readonly Cell[], arcs: readonly Arc[]): { arc: Arc; back: boolean }[] {
  const found = closing(cells);
  for (const arc of found) unlink(arc);
  return arcs.map((arc) => {
    const back = found.has(arc);
    return { arc: back ? link(arc.to, arc.from, arc.weight) : arc, back };
  });
}

/** The arcs that lead back to where they came from. */
function closing(cells: readonly Cell[]): Set<Arc> {
  const found = new Set<Arc>();
  const seen = new Set<Cell>();
  const open = new Set<Cell>();
  const visit = (each: Cell) => {
    if (seen.has(each)) return;
    seen.add(each);
    open.add(each);
    for (const arc of each.out) {
      if (open.has(arc.to)) found.add(arc);
      else visit(arc.to);
    }
    open.delete(each);
  };
  cells.forEach(visit);
  return found;
}

/** Gives it a cell in each column that it passes through. */
function split({ arc, back }: { arc: Arc; back: boolean }): Run {
  const { from, to, weight } = arc;
  unlink(arc);
  const passing: Cell[] = [];
  for (let rank = from.rank + 1; rank < to.rank; rank += 1) passing.push(passage(rank));
  let before = from;
  for (const next of [...passing, to]) before = link(before, next, weight).to;
  return { from, to, passing, back };
}

const gapOf = (one: Cell, next: Cell) => one.below + (around(one) + around(next)) / 2 + next.above;

const around = ({ passing }: Cell) => (passing ? GAP.lines : GAP.cells);

/** Where each column begins and ends; the first one with more than lines begins at 0. */
function setColumns(columns: readonly (readonly Cell[])[]): Column[] {
  const sides: Column[] = [];
  let left = columns[0]?.every(({ passing }) => passing) ? -GAP.columns : 0;
  for (const column of columns) {
    const right = left + Math.max(...column.map(({ width }) => width));
    for (const each of column) each.x = (left + right) / 2;
    sides.push({ left, right });
    left = right + GAP.columns;
  }
  return sides;
}

/** Only between columns, so that no line runs across a cell. */
function bendsOf({ from, to, passing, back }: Run, columns: readonly Column[]): Point[] {
  const at = ({ rank }: Cell) => columns[rank] ?? { left: 0, right: 0 };
  const points = passing.flatMap((each): Point[] => [
    [at(each).left, each.y],
    [at(each).right, each.y],
  ]);
  if (back) return points.reverse();
  return [[at(from).right, from.y + from.right], ...points, [at(to).left, to.y + to.left]];
}
