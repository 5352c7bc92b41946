/** What the steps of a layout pass on: cells in columns, and the arcs between them. */
import type { Size } from "./geometry";

export interface Cell {
  width: number;
  /** Its room above and below the level on which lines come and go. */
  above: number;
  below: number;
  /** How far below that level those on the left, and those on the right, really do. */
  left: number;
  right: number;
  /** Only a line runs through it. */
  passing: boolean;
  /** Its column, and its place in there. */
  rank: number;
  at: number;
  /** Its middle. */
  x: number;
  /** Its level. */
  y: number;
  into: Arc[];
  out: Arc[];
}

export interface Arc {
  from: Cell;
  to: Cell;
  /** Heavier ones are shorter and cross less. */
  weight: number;
}

const PLACE = { rank: 0, at: 0, x: 0, y: 0 };

/** `left` and `right`: how far below its top lines come and go. */
export function cell(size: Size, left = size.height / 2, right = left): Cell {
  const above = (left + right) / 2;
  const sides = { above, below: size.height - above, left: left - above, right: right - above };
  return { width: size.width, ...sides, passing: false, ...PLACE, into: [], out: [] };
}

/** Where only a line runs. */
export function passage(rank = 0): Cell {
  return { ...cell({ width: 0, height: 4 }), passing: true, rank };
}

export function link(from: Cell, to: Cell, weight: number): Arc {
  const arc = { from, to, weight };
  from.out.push(arc);
  to.into.push(arc);
  return arc;
}

export function unlink(arc: Arc): void {
  arc.from.out = arc.from.out.filter((each) => each !== arc);
  arc.to.into = arc.to.into.filter((each) => each !== arc);
}

export const arcsOf = (cell: Cell) => [...cell.into, ...cell.out];

export function range(values: Iterable<number>): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return { low, high };
}

/** The other end. */
export const across = (arc: Arc, cell: Cell) => (arc.from === cell ? arc.to : arc.from);
