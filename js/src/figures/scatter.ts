/** Points that can be clicked and drawn around. */
import { h, svg } from "../dom";
import { formatNumber } from "../draw/format";
import { linear, type Scale, ticks } from "../draw/scale";

export interface Cloud {
  /** x and y of each point, one after the other. */
  points: ArrayLike<number>;
  color(i: number): string;
  /** Whether a point is one of those that are left. */
  left(i: number): boolean;
  /** Where the ring stands. */
  ring: readonly number[] | null;
  /** Names of the axes; without numbers where they mean nothing. */
  names: readonly [string, string];
  numbers: boolean;
  /** The line on which both are the same. */
  diagonal: boolean;
  label: string;
  width: number;
}

export interface CloudEvents {
  hover(i: number | null): void;
  click(i: number): void;
  /** The points that were drawn around. */
  lasso(inside: number[]): void;
}

const HEIGHT = 360;
const EDGE = { top: 8, right: 8, bottom: 40, left: 52 };
const SHORTEST = 6;

export function scatter(events: CloudEvents, signal: AbortSignal) {
  const element = h("div", { class: "kv-plot-box kv-cloud" });
  let path: [number, number][] | null = null;
  const line = svg("path", { class: "kv-lasso" });
  let at: { x: Scale; y: Scale; cloud: Cloud } | null = null;
  const here = (event: PointerEvent): [number, number] => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const index = ({ target }: Event) => {
    const i = target instanceof Element ? target.getAttribute("data-i") : null;
    return i === null ? null : Number(i);
  };
  const on = (name: string, act: (event: PointerEvent) => void) =>
    element.addEventListener(name, (event) => act(event as PointerEvent), { signal });
  on("pointerdown", (event) => {
    path = [here(event)];
  });
  on("pointermove", (event) => {
    events.hover(index(event));
    path?.push(here(event));
    if (path) line.setAttribute("d", `M${path.join("L")}Z`);
  });
  on("pointerleave", () => events.hover(null));
  on("pointerup", (event) => {
    const drawn = path ?? [];
    path = null;
    line.removeAttribute("d");
    const i = index(event);
    if (drawn.length < SHORTEST) return i === null ? undefined : events.click(i);
    if (at) events.lasso(inside(at.cloud.points, at.x, at.y, drawn));
  });
  return {
    element,
    draw(cloud: Cloud) {
      const { x, y, drawing } = frameOf(cloud);
      at = { x, y, cloud };
      drawing.append(...dotsOf(cloud, x, y), line);
      element.replaceChildren(drawing);
    },
  };
}

function frameOf({ points, width, names, numbers, diagonal, label }: Cloud) {
  const [left, right] = [EDGE.left, width - EDGE.right];
  const [top, bottom] = [EDGE.top, HEIGHT - EDGE.bottom];
  const [lowX, highX] = spanOf(points, 0);
  const [lowY, highY] = spanOf(points, 1);
  const x = linear([lowX, highX], [left + 8, right - 8]);
  const y = linear([lowY, highY], [bottom - 8, top + 8]);
  const attributes = { class: "kv-svg", width, height: HEIGHT, role: "img", "aria-label": label };
  const drawing = svg("svg", attributes);
  const [middle, centre] = [(left + right) / 2, (top + bottom) / 2];
  drawing.append(
    svg("path", { class: "kv-zero", d: `M${left} ${top}V${bottom}H${right}`, fill: "none" }),
    svg("text", { class: "kv-tick-x kv-axis-title", x: middle, y: HEIGHT - 6, text: names[0] }),
    svg("text", {
      class: "kv-tick-x kv-axis-title",
      transform: `translate(12 ${centre}) rotate(-90)`,
      text: names[1],
    }),
  );
  if (diagonal) {
    const [low, high] = [Math.max(lowX, lowY), Math.min(highX, highY)];
    const d = `M${x(low)} ${y(low)}L${x(high)} ${y(high)}`;
    drawing.append(svg("path", { class: "kv-zero kv-same", d }));
  }
  if (!numbers) return { x, y, drawing };
  for (const value of ticks(lowX, highX, 5)) {
    const text = formatNumber(value);
    drawing.append(svg("text", { class: "kv-tick-x", x: x(value), y: bottom + 14, text }));
  }
  for (const value of ticks(lowY, highY, 5)) {
    const text = formatNumber(value);
    drawing.append(svg("text", { class: "kv-tick-y", x: left - 6, y: y(value), text }));
  }
  return { x, y, drawing };
}

function dotsOf({ points, color, left, ring }: Cloud, x: Scale, y: Scale): SVGElement[] {
  const dots: SVGElement[] = [];
  for (let i = 0; i < points.length / 2; i += 1) {
    const [cx, cy] = [x(points[2 * i] ?? 0), y(points[2 * i + 1] ?? 0)];
    const opacity = left(i) ? 0.75 : 0.1;
    dots.push(svg("circle", { cx, cy, r: 3, fill: color(i), opacity, "data-i": i }));
  }
  if (ring) {
    const [cx = 0, cy = 0] = [x(ring[0] ?? 0), y(ring[1] ?? 0)];
    dots.push(svg("circle", { class: "kv-ring", cx, cy, r: 8 }));
  }
  return dots;
}

function spanOf(points: ArrayLike<number>, from: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = from; i < points.length; i += 2) {
    low = Math.min(low, points[i] ?? 0);
    high = Math.max(high, points[i] ?? 0);
  }
  return low < high
    ? [low, high]
    : [(Number.isFinite(low) ? low : 0) - 1, (Number.isFinite(high) ? high : 0) + 1];
}

/** The points within a line that was drawn, by how often a ray to the right crosses it. */
export function inside(
  points: ArrayLike<number>,
  x: (value: number) => number,
  y: (value: number) => number,
  drawn: readonly (readonly [number, number])[],
): number[] {
  const found: number[] = [];
  for (let i = 0; i < points.length / 2; i += 1) {
    const [px, py] = [x(points[2 * i] ?? 0), y(points[2 * i + 1] ?? 0)];
    let odd = false;
    let [ax, ay] = drawn[drawn.length - 1] ?? [0, 0];
    for (const [bx, by] of drawn) {
      if (by > py !== ay > py && px < ((ax - bx) * (py - by)) / (ay - by) + bx) odd = !odd;
      [ax, ay] = [bx, by];
    }
    if (odd) found.push(i);
  }
  return found;
}
