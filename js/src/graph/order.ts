/**
 * Who stands above whom in each column, so that few lines cross: sweeps to and fro, in which each column is sorted by
 * the mean place of its neighbours in the one before; the best order seen is kept.
 */
import { type Arc, across, type Cell } from "./cells";

type Columns = readonly (readonly Cell[])[];

/** After so many sweeps that made nothing better there are no more. */
const PATIENCE = 4;

/** Expects that each arc leads to the next column. */
export function columnsOf(cells: readonly Cell[]): Columns {
  let columns: Columns = firstOrder(cells);
  let best = columns;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0, idle = 0; idle < PATIENCE && least > 0; round += 1, idle += 1) {
    columns = sweep(columns, round);
    const count = crossings(columns);
    if (count >= least) continue;
    [best, least, idle] = [columns, count, -1];
  }
  best.forEach(number);
  return best;
}

/** As they are met on the way from the first column. */
function firstOrder(cells: readonly Cell[]): Cell[][] {
  const columns: Cell[][] = [];
  const seen = new Set<Cell>();
  const visit = (cell: Cell) => {
    if (seen.has(cell)) return;
    seen.add(cell);
    columns[cell.rank] = [...(columns[cell.rank] ?? []), cell];
    for (const { to } of cell.out) visit(to);
  };
  for (const cell of [...cells].sort((a, b) => a.rank - b.rank)) visit(cell);
  columns.forEach(number);
  return columns;
}

function number(column: readonly Cell[]): void {
  column.forEach((cell, at) => {
    cell.at = at;
  });
}

/** Back, forth, and the same with those that are equal the other way round. */
function sweep(columns: Columns, round: number): Columns {
  const back = round % 2 === 0;
  const late = round % 4 >= 2;
  const sorted = (column: readonly Cell[]) => {
    const found = sortedColumn(column, back, late);
    number(found);
    return found;
  };
  return back ? [...columns].reverse().map(sorted).reverse() : columns.map(sorted);
}

/** Who has no neighbours stays where it is. */
function sortedColumn(column: readonly Cell[], back: boolean, late: boolean): readonly Cell[] {
  const means = new Map<Cell, number>();
  for (const cell of column) {
    const arcs = back ? cell.out : cell.into;
    if (arcs.length > 0) means.set(cell, meanOf(cell, arcs));
  }
  const place = ({ at }: Cell) => (late ? -at : at);
  const sorted = [...means.keys()].sort(
    (a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0) || place(a) - place(b),
  );
  return column.map((cell) => (means.has(cell) ? (sorted.shift() ?? cell) : cell));
}

function meanOf(cell: Cell, arcs: readonly Arc[]): number {
  let [sum, total] = [0, 0];
  for (const arc of arcs) {
    sum += arc.weight * across(arc, cell).at;
    total += arc.weight;
  }
  return sum / total;
}

function crossings(columns: Columns): number {
  let count = 0;
  for (const column of columns) {
    const passed: number[] = [];
    const arcs = column.flatMap(({ out }) => [...out].sort((a, b) => a.to.at - b.to.at));
    for (const { to, weight } of arcs) {
      for (let at = to.at + 1; at < passed.length; at += 1) count += weight * (passed[at] ?? 0);
      passed[to.at] = (passed[to.at] ?? 0) + weight;
    }
  }
  return count;
}
