/** Where an arrow key leads in a graph: along a line, or to the card above or below. */
import type { Box, Layout } from "../graph/layout";

/** Column by column, from the top. */
export function inOrder({ nodes }: Pick<Layout, "nodes">): Box[] {
  return [...nodes].sort((a, b) => a.x - b.x || a.y - b.y);
}

export function destination(key: string, from: string, layout: Layout): string | null {
  const cards = layout.nodes.filter(({ id }) => id !== "input" && !id.startsWith("input:"));
  const here = cards.find(({ id }) => id === from);
  if (!here) return null;
  if (key === "Home") return inOrder({ nodes: cards })[0]?.id ?? null;
  if (key === "End") return inOrder({ nodes: cards }).at(-1)?.id ?? null;
  if (key === "ArrowRight") return along(here, cards, layout, 1);
  if (key === "ArrowLeft") return along(here, cards, layout, -1);
  if (key === "ArrowDown") return column(here, cards, 1);
  return key === "ArrowUp" ? column(here, cards, -1) : null;
}

/** Along a line where there is one to a card, else the nearest card on that side. */
function along(here: Box, cards: readonly Box[], { lines }: Layout, side: 1 | -1): string | null {
  const ends = lines
    .filter(({ from, to }) => (side > 0 ? from : to) === here.id)
    .map(({ from, to }) => (side > 0 ? to : from));
  const linked = cards.filter(({ id }) => ends.includes(id));
  const beyond = cards.filter(({ x }) => side * (x - here.x) >= here.width / 2);
  return nearest(here, linked.length > 0 ? linked : beyond);
}

function column(here: Box, cards: readonly Box[], side: 1 | -1): string | null {
  const near = ({ x }: Box) => Math.abs(x - here.x) < here.width;
  return nearest(
    here,
    cards.filter((box) => near(box) && side * (box.y - here.y) > 1),
  );
}

function nearest(here: Box, boxes: readonly Box[]): string | null {
  const far = ({ x, y }: Box) => Math.abs(x - here.x) + Math.abs(y - here.y);
  return [...boxes].sort((a, b) => far(a) - far(b))[0]?.id ?? null;
}
