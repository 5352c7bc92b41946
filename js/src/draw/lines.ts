/** SVG path data of the lines between cards: smooth, level where they begin and end. */
import type { Line, Point } from "../graph/layout";

const ARROW = { length: 6, half: 3.5 };
const round = (value: number) => Math.round(value * 10) / 10;

export function connection({ points }: Line): string {
  const [first, ...others] = points;
  if (!first) return "";
  let path = `M${round(first[0])} ${round(first[1])}`;
  let before: Point = first;
  for (const [x, y] of others) {
    const middle = round((before[0] + x) / 2);
    const straight = Math.abs(before[1] - y) < 0.1;
    path += straight
      ? `H${round(x)}`
      : `C${middle} ${round(before[1])} ${middle} ${round(y)} ${round(x)} ${round(y)}`;
    before = [x, y];
  }
  return path;
}

/** The head of the arrow, at the end of a line; nothing where the line goes on inside a frame. */
export function arrowHead({ points, arrow }: Line): string {
  const end = points.at(-1);
  if (!arrow || !end) return "";
  const [x, y] = [round(end[0]), round(end[1])];
  return `M${x} ${y}l${-ARROW.length} ${-ARROW.half}v${2 * ARROW.half}z`;
}
