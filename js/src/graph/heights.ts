/**
 * How high each cell stands in its column: long lines are straight, and a cell is in the middle of its neighbours.
 *
 * Brandes and Köpf 2001, "Fast and simple horizontal coordinate assignment": cells are lined up four times, with the
 * neighbours on either side and from either end of a column, and each takes the middle of what it got.
 */
import { type Arc, across, type Cell, range } from "./cells";

type Columns = readonly (readonly Cell[])[];
type Gap = (above: Cell, below: Cell) => number;
type Heights = Map<Cell, number>;

/** Cells on one level; `above` and `below` are the blocks next to it, and how far off they have to be. */
interface Block {
  y: number | null;
  settled: boolean;
  above: Neighbour[];
  below: Neighbour[];
}

interface Neighbour {
  block: Block;
  gap: number;
}

/** One of the four ways: from the last column on, and from the bottom of each. */
interface Way {
  back: boolean;
  up: boolean;
}

const WAYS: readonly Way[] = [false, true].flatMap((back) =>
  [false, true].map((up) => ({ back, up })),
);

export function setHeights(columns: Columns, gap: Gap): void {
  const crossed = new Set(columns.flatMap(crossedBy));
  const found = WAYS.map((way) => heightsOf(columns, way, crossed, gap));
  const ends = found.map((heights) => range(heights.values()));
  const narrow = ends.reduce((a, b) => (b.high - b.low < a.high - a.low ? b : a));
  const shifts = ends.map(({ low, high }, i) =>
    WAYS[i]?.up ? narrow.high - high : narrow.low - low,
  );
  for (const cell of columns.flat()) {
    const ys = found.map((heights, i) => (heights.get(cell) ?? 0) + (shifts[i] ?? 0));
    const [, low = 0, high = 0] = ys.sort((a, b) => a - b);
    cell.y = (low + high) / 2;
  }
}

/** Arcs that cross one that only passes: they must give way, so that it stays straight. */
function crossedBy(column: readonly Cell[]): Arc[] {
  const arcs = column.flatMap(({ out }) => out);
  return [...crossedFrom(arcs, 1), ...crossedFrom(arcs.reverse(), -1)];
}

function crossedFrom(arcs: readonly Arc[], sign: 1 | -1): Arc[] {
  let reach = Number.NEGATIVE_INFINITY;
  return arcs.filter(({ from, to }) => {
    const at = sign * to.at;
    if (!from.passing || !to.passing) return at < reach;
    reach = Math.max(reach, at);
    return false;
  });
}

function heightsOf(columns: Columns, way: Way, crossed: ReadonlySet<Arc>, gap: Gap): Heights {
  const ordered = way.up ? columns.map((column) => [...column].reverse()) : columns;
  const blocks = blocksOf(way.back ? [...ordered].reverse() : ordered, way, crossed);
  for (const column of ordered) keepApart(column, blocks, way.up ? (a, b) => gap(b, a) : gap);
  for (const block of blocks.values()) drop(block);
  for (const block of blocks.values()) lift(block);
  const sign = way.up ? -1 : 1;
  return new Map([...blocks].map(([cell, { y }]) => [cell, sign * (y ?? 0)]));
}

/** Lines each cell up with the middle one of its neighbours, where nobody before it crosses over. */
function blocksOf(columns: Columns, way: Way, crossed: ReadonlySet<Arc>): Map<Cell, Block> {
  const blocks = new Map<Cell, Block>();
  for (const column of columns) {
    let taken = Number.NEGATIVE_INFINITY;
    for (const cell of column) {
      const free = (arc: Arc) => !crossed.has(arc) && placeOf(across(arc, cell), way) > taken;
      const arc = middles(cell, way).find(free);
      const other = arc && across(arc, cell);
      if (other) taken = placeOf(other, way);
      const block = other && blocks.get(other);
      blocks.set(cell, block ?? { y: null, settled: false, above: [], below: [] });
    }
  }
  return blocks;
}

const placeOf = ({ at }: Cell, { up }: Way) => (up ? -at : at);

function middles(cell: Cell, way: Way): Arc[] {
  const arcs = [...(way.back ? cell.out : cell.into)];
  arcs.sort((a, b) => placeOf(across(a, cell), way) - placeOf(across(b, cell), way));
  const middle = (arcs.length - 1) / 2;
  return arcs.slice(Math.floor(middle), Math.ceil(middle) + 1);
}

function keepApart(column: readonly Cell[], blocks: Map<Cell, Block>, gap: Gap): void {
  column.forEach((cell, i) => {
    const before = column[i - 1];
    const [upper, lower] = [before && blocks.get(before), blocks.get(cell)];
    if (!before || !upper || !lower) return;
    const apart = gap(before, cell);
    upper.below.push({ block: lower, gap: apart });
    lower.above.push({ block: upper, gap: apart });
  });
}

/** As high as what is above it lets it be. */
function drop(block: Block): number {
  if (block.y !== null) return block.y;
  let y = 0;
  for (const each of block.above) y = Math.max(y, drop(each.block) + each.gap);
  block.y = y;
  return y;
}

/** And from there down to what is below it. */
function lift(block: Block): number {
  let y = block.y ?? 0;
  if (block.settled) return y;
  block.settled = true;
  let room = Number.POSITIVE_INFINITY;
  for (const each of block.below) room = Math.min(room, lift(each.block) - each.gap);
  if (Number.isFinite(room)) y = Math.max(y, room);
  block.y = y;
  return y;
}
