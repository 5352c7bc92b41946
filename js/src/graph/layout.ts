/**
 * Where every card stands and how the lines run, left to right.
 *
 * Each unfolded group is laid out by itself and then placed as one box, so a frame never overlaps
 * what is not in it, and a large network is many small layouts.
 */
import { type Cell, cell, link, passage } from "./cells";
import type { Box, Layout, Line, Point, Size, Sizes } from "./geometry";
import { layered } from "./layered";
import type { Link } from "./links";
import { type Item, lineOf, ROOT, type Tree } from "./tree";

export type { Box, Layout, Line, Point, Size, Sizes } from "./geometry";

/** Room inside a frame: its label is above; as much below keeps a chain level. */
export const FRAME = { side: 14, top: 26, bottom: 26 };

const IN = "\u0000in";
const OUT = "\u0000out";

interface Plan {
  tree: Tree;
  folded: ReadonlySet<string>;
  sizes: Sizes;
  /** Lines between the children of each group, and to its two ports. */
  inside: Map<string, Map<string, Link>>;
}

export function layoutOf(
  tree: Tree,
  links: readonly Link[],
  folded: ReadonlySet<string>,
  sizes: Sizes,
): Layout {
  const plan: Plan = { tree, folded, sizes, inside: new Map() };
  for (const link of links) route(plan, link);
  closeOpenEnds(plan);
  return groupLayout(plan, ROOT);
}

/** Cuts one link into a piece for every group it runs through. */
function route(plan: Plan, { from, to, known }: Link): void {
  const source = shownLine(plan, from);
  const target = shownLine(plan, to);
  if (source[0]?.id === target[0]?.id) return;
  let shared = 0;
  while (
    shared < Math.min(source.length, target.length) &&
    source.at(-1 - shared)?.id === target.at(-1 - shared)?.id
  )
    shared += 1;
  const [outside, inside] = [source.length - 1 - shared, target.length - 1 - shared];
  const [start, end] = [source[outside], target[inside]];
  if (!start || !end) return;
  for (const each of source.slice(0, outside)) put(plan, each.parent, each.id, OUT, known);
  put(plan, start.parent, start.id, end.id, known);
  for (const each of target.slice(0, inside)) put(plan, each.parent, IN, each.id, known);
}

/** The item and the groups around it, as far in as they are shown. */
function shownLine({ tree, folded }: Plan, id: string): Item[] {
  const line = lineOf(tree, id);
  const at = line.findLastIndex((each) => folded.has(each.id));
  return at < 0 ? line : line.slice(at);
}

function put({ inside }: Plan, group: string, from: string, to: string, known: boolean): void {
  const links = inside.get(group) ?? new Map();
  inside.set(group, links);
  const key = `${from}\n${to}`;
  links.set(key, { from, to, known: known || links.get(key)?.known === true });
}

/** A group that is fed, or feeds, only as a whole: its first and its last layer stand for it. */
function closeOpenEnds(plan: Plan): void {
  for (const { id, kind, children, parent } of [...plan.tree.values()].reverse()) {
    if (kind !== "group" || id === ROOT || plan.folded.has(id) || children.length === 0) continue;
    const around = [...(plan.inside.get(parent)?.values() ?? [])];
    const own = [...(plan.inside.get(id)?.values() ?? [])];
    const [first = "", last = ""] = [children[0], children.at(-1)];
    if (around.some((link) => link.to === id) && !own.some((link) => link.from === IN))
      put(plan, id, IN, first, false);
    if (around.some((link) => link.from === id) && !own.some((link) => link.to === OUT))
      put(plan, id, last, OUT, false);
  }
}

interface Group extends Layout {
  /** Heights of its ports. */
  ports: { left: number; right: number };
}

interface Placed {
  cell: Cell;
  /** What is in an unfolded group. */
  inner: Group | null;
}

function groupLayout(plan: Plan, id: string): Group {
  const place = new Map<string, Placed>();
  for (const child of plan.tree.get(id)?.children ?? []) place.set(child, placed(plan, child));
  const links = [...(plan.inside.get(id)?.values() ?? [])];
  const at = (end: string): Placed => {
    const found = place.get(end) ?? { cell: passage(), inner: null };
    place.set(end, found);
    return found;
  };
  const arcs = links.map(({ from, to }) =>
    link(at(from).cell, at(to).cell, from === IN || to === OUT ? 1 : 2),
  );
  const cells = [...place.values()].map((each) => each.cell);
  const { width, height, bends } = layered(cells, arcs);
  const out: Layout = { width, height, nodes: [], frames: [], lines: [] };
  for (const [child, { cell, inner }] of place) {
    if (inner) shift(out, inner, boxOf(child, cell));
    else if (child !== IN && child !== OUT) out.nodes.push(boxOf(child, cell));
  }
  links.forEach((each, i) => {
    out.lines.push(lineBetween(each, at(each.from), at(each.to), bends[i] ?? [], width));
  });
  const port = (end: string) => place.get(end)?.cell.y ?? height / 2;
  return { ...out, ports: { left: port(IN), right: port(OUT) } };
}

function placed(plan: Plan, id: string): Placed {
  if (!isOpen(plan, id)) return { cell: cell(sizeOf(plan, id)), inner: null };
  const inner = groupLayout(plan, id);
  const { left, right } = inner.ports;
  return { cell: cell(framed(inner), FRAME.top + left, FRAME.top + right), inner };
}

const boxOf = (id: string, { x, y, width, above, below }: Cell): Box => ({
  id,
  x: x - width / 2,
  y: y - above,
  width,
  height: above + below,
});

const isOpen = ({ tree, folded }: Plan, id: string) =>
  tree.get(id)?.kind === "group" && !folded.has(id) && (tree.get(id)?.children.length ?? 0) > 0;

const sizeOf = ({ tree, sizes }: Plan, id: string) =>
  tree.get(id)?.kind === "input" ? sizes.input : sizes.card;

const framed = ({ width, height }: Size): Size => ({
  width: width + 2 * FRAME.side,
  height: height + FRAME.top + FRAME.bottom,
});

function shift(out: Layout, nested: Layout, box: Box): void {
  const [dx, dy] = [box.x + FRAME.side, box.y + FRAME.top];
  const moved = (each: Box) => ({ ...each, x: each.x + dx, y: each.y + dy });
  out.frames.push(box, ...nested.frames.map(moved));
  out.nodes.push(...nested.nodes.map(moved));
  for (const line of nested.lines) {
    const points = line.points.map(([x, y]): Point => [x + dx, y + dy]);
    out.lines.push({ ...line, points });
  }
}

/** From port to port: the lines of an unfolded group begin and end at its frame. */
function lineBetween(
  { from, to, known }: Link,
  { cell: a }: Placed,
  { cell: b, inner }: Placed,
  bends: readonly Point[],
  width: number,
): Line {
  const start = from === IN ? -FRAME.side : a.x + a.width / 2;
  const end = to === OUT ? width + FRAME.side : b.x - b.width / 2;
  const between = bends.filter(([x]) => start > end || (start < x && x < end));
  const points: Point[] = [[start, a.y + a.right], ...between, [end, b.y + b.left]];
  const turns = points.filter(([, y], i) => y !== points[i - 1]?.[1] || y !== points[i + 1]?.[1]);
  return { from, to, known, arrow: to !== OUT && !inner, points: turns };
}
