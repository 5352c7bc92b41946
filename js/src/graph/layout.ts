/**
 * Where every card stands and how the lines run: dagre's layered layout, left to right.
 *
 * Each unfolded group is laid out by itself and then placed as one box, so a frame never overlaps
 * what is not in it, and a large network is many small layouts. Dagre's own compound graphs were
 * rejected: a frame there grows over what runs past it, and the whole is one large layout.
 */
import { layout as dagre, Graph } from "@dagrejs/dagre";
import type { Box, Layout, Line, Point, Size, Sizes } from "./geometry";
import type { Link } from "./links";
import { type Item, lineOf, ROOT, type Tree } from "./tree";

export type { Box, Layout, Line, Point, Size, Sizes } from "./geometry";

/** Room inside a frame: its label is above; as much below keeps a chain level. */
export const FRAME = { side: 14, top: 26, bottom: 26 };
const GAP = { nodesep: 22, ranksep: 30, edgesep: 12 };

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

interface Placed {
  box: Box;
  inner: Layout | null;
  /** Heights of the ports of an unfolded group. */
  ports: { left: number; right: number };
}

function groupLayout(plan: Plan, id: string): Layout & { ports: Placed["ports"] } {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: "LR", ...GAP, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  const inner = new Map<string, ReturnType<typeof groupLayout>>();
  for (const child of plan.tree.get(id)?.children ?? []) {
    const nested = isOpen(plan, child) ? groupLayout(plan, child) : null;
    if (nested) inner.set(child, nested);
    graph.setNode(child, { ...(nested ? framed(nested) : sizeOf(plan, child)) });
  }
  const links = [...(plan.inside.get(id)?.values() ?? [])];
  for (const { from, to } of links) {
    for (const port of [from, to].filter((end) => end === IN || end === OUT))
      if (!graph.hasNode(port)) graph.setNode(port, { width: 1, height: 1 });
    graph.setEdge(from, to, { weight: from === IN || to === OUT ? 1 : 2 });
  }
  dagre(graph);
  alignTopLeft(graph);
  return collect(graph, inner, links);
}

/** The port on the left takes a column that nobody needs, and a line may run above every card. */
function alignTopLeft(graph: Graph): void {
  const ids = graph.nodes().filter((id) => id !== IN && id !== OUT);
  if (ids.length === 0) return;
  const boxes = ids.map((id) => graph.node(id) as Partial<Box>);
  const bends = graph.edges().flatMap((edge) => (graph.edge(edge).points ?? []).slice(1, -1));
  const left = Math.min(...boxes.map(({ x = 0, width = 0 }) => x - width / 2));
  const tops = boxes.map(({ y = 0, height = 0 }) => y - height / 2);
  const top = Math.min(...tops, ...bends.map(({ y }) => y - 2));
  for (const id of graph.nodes()) {
    const node = graph.node(id) as Partial<Box>;
    graph.setNode(id, { ...node, x: (node.x ?? 0) - left, y: (node.y ?? 0) - top });
  }
  for (const point of bends) {
    point.x = Math.max(0, point.x - left);
    point.y -= top;
  }
}

const isOpen = ({ tree, folded }: Plan, id: string) =>
  tree.get(id)?.kind === "group" && !folded.has(id) && (tree.get(id)?.children.length ?? 0) > 0;

const sizeOf = ({ tree, sizes }: Plan, id: string) =>
  tree.get(id)?.kind === "input" ? sizes.input : sizes.card;

const framed = ({ width, height }: Size): Size => ({
  width: width + 2 * FRAME.side,
  height: height + FRAME.top + FRAME.bottom,
});

function collect(
  graph: Graph,
  inner: Map<string, ReturnType<typeof groupLayout>>,
  links: readonly Link[],
): Layout & { ports: Placed["ports"] } {
  const place = placements(graph, inner);
  const total = extentOf(place, graph);
  const out: Layout = { ...total, nodes: [], frames: [], lines: [] };
  for (const { box, inner: nested } of place.values()) {
    if (box.id === IN || box.id === OUT) continue;
    if (!nested) out.nodes.push(box);
    else shift(out, nested, box);
  }
  for (const link of links) out.lines.push(lineBetween(graph, place, link, total.width));
  const port = (id: string) => centreOf(place.get(id)?.box) ?? total.height / 2;
  return { ...out, ports: { left: port(IN), right: port(OUT) } };
}

const centreOf = (box: Box | undefined) => (box ? box.y + box.height / 2 : undefined);

function placements(
  graph: Graph,
  inner: Map<string, ReturnType<typeof groupLayout>>,
): Map<string, Placed> {
  const place = new Map<string, Placed>();
  for (const id of graph.nodes()) {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(id) as Partial<Box>;
    const box = { id, x: x - width / 2, y: y - height / 2, width, height };
    const nested = inner.get(id) ?? null;
    const ports = nested
      ? {
          left: box.y + FRAME.top + nested.ports.left,
          right: box.y + FRAME.top + nested.ports.right,
        }
      : { left: y, right: y };
    place.set(id, { box, inner: nested, ports });
  }
  return place;
}

/** Dagre's own figures count the room of labels that we do not have. */
function extentOf(place: Map<string, Placed>, graph: Graph): Size {
  const boxes = [...place.values()]
    .map(({ box }) => box)
    .filter(({ id }) => id !== IN && id !== OUT);
  const lines = graph.edges().flatMap((edge) => (graph.edge(edge).points ?? []).slice(1, -1));
  const bottoms = [...boxes.map(({ y, height }) => y + height), ...lines.map(({ y }) => y + 2)];
  const width = Math.max(0, ...boxes.map((box) => box.x + box.width));
  return { width, height: Math.max(0, ...bottoms) };
}

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
  graph: Graph,
  place: Map<string, Placed>,
  { from, to, known }: Link,
  width: number,
): Line {
  const bends = ((graph.edge(from, to).points ?? []) as { x: number; y: number }[]).slice(1, -1);
  const [a, b] = [place.get(from), place.get(to)];
  const start: Point =
    from === IN ? [-FRAME.side, a?.ports.left ?? 0] : [right(a?.box), a?.ports.right ?? 0];
  const end: Point =
    to === OUT ? [width + FRAME.side, b?.ports.left ?? 0] : [b?.box.x ?? 0, b?.ports.left ?? 0];
  const points = [start, ...bends.map(({ x, y }): Point => [x, y]), end];
  return { from, to, known, arrow: to !== OUT && b?.inner === null, points };
}

const right = (box: Box | undefined) => (box ? box.x + box.width : 0);
