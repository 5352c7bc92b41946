import { describe, expect, test } from "vitest";
import { cell, link } from "../src/graph/cells";
import type { Box, Line, Point } from "../src/graph/layout";
import { rankAll } from "../src/graph/ranks";
import type { Card } from "../src/protocol.gen";
import { application, box, card, layout, lines, overlaps, SIZES } from "./fake/graphs";
import { seeded } from "./fake/network";

/** A made-up network: most lines are short, some are long. */
function made(seed: number): Card[] {
  const random = seeded(seed);
  const some = (most: number) => Math.floor(random() * most);
  const path = (i: number) => (i < 0 ? `input:${-i % 2}` : `l${i}`);
  return Array.from({ length: 3 + some(30) }, (_, i) => {
    const inputs = Array.from({ length: 1 + some(3) }, () => path(i - 1 - some(1 + some(8))));
    return card(path(i), [...new Set(inputs)]);
  });
}

/** Whether a line, as it is drawn, runs across a card. */
function runsAcross({ points }: Line, { x, y, width, height }: Box): boolean {
  return points.slice(1).some(([right, end], i) => {
    const [left, start] = points[i] ?? [0, 0];
    const beside = right <= x || left >= x + width;
    return !beside && Math.max(start, end) > y && Math.min(start, end) < y + height;
  });
}

function crossings(lines: readonly Line[]): number {
  const pieces = lines.flatMap(({ points }) => points.slice(1).map((to, i) => [points[i], to]));
  const side = (a: Point, b: Point, c: Point) =>
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  const apart = (a: Point, b: Point, c: Point, d: Point) => side(a, b, c) * side(a, b, d) < -1e-9;
  let count = 0;
  pieces.forEach(([a, b], i) => {
    for (const [c, d] of pieces.slice(i + 1))
      if (a && b && c && d && apart(a, b, c, d) && apart(c, d, a, b)) count += 1;
  });
  return count;
}

describe("layered layout", () => {
  test("nothing overlaps, no line runs across a card, all is inside", () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const found = layout(made(seed), new Set());
      expect(overlaps(found), `${seed}`).toEqual([]);
      for (const line of found.lines)
        expect(found.nodes.filter((each) => runsAcross(line, each))).toEqual([]);
      const points = found.lines.flatMap(({ points }) => points);
      for (const [x, y] of [...points, ...found.nodes.map((each) => [each.x, each.y] as const)]) {
        expect(Math.min(x, y), `${seed}`).toBeGreaterThanOrEqual(0);
        expect(x <= found.width && y <= found.height, `${seed}`).toBe(true);
      }
      const bottoms = found.nodes.map(({ y, height }) => y + height);
      expect(Math.max(...bottoms)).toBeLessThanOrEqual(found.height);
    }
  });

  test("columns make the lines as short as any columns can", () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const random = seeded(seed);
      const cells = Array.from({ length: 6 }, () => cell(SIZES.card));
      const arcs = cells.flatMap((to, i) =>
        cells.slice(0, i).flatMap((from) => (random() < 0.4 ? [link(from, to, 1 + (i % 2))] : [])),
      );
      rankAll(cells);
      const length = (ranks: readonly number[]) => {
        let total = 0;
        for (const { from, to, weight } of arcs) {
          const span = (ranks[cells.indexOf(to)] ?? 0) - (ranks[cells.indexOf(from)] ?? 0);
          total += span > 0 ? span * weight : Number.POSITIVE_INFINITY;
        }
        return total;
      };
      let least = Number.POSITIVE_INFINITY;
      for (let code = 0; code < 6 ** 6; code += 1)
        least = Math.min(least, length(cells.map((_, i) => Math.floor(code / 6 ** i) % 6)));
      expect(length(cells.map(({ rank }) => rank)), `${seed}`).toBe(least);
    }
  });

  test("a U-Net's skips are nested: level, and none crosses another", () => {
    const path = (i: number) => (i < 0 ? "input" : `l${i}`);
    const net = Array.from({ length: 24 }, (_, i) =>
      card(path(i), i > 12 && i % 3 === 0 ? [path(i - 1), path(24 - i)] : [path(i - 1)]),
    );
    const found = layout(net, new Set());
    expect(crossings(found.lines)).toBe(0);
    for (const { points } of found.lines.filter(({ points }) => points.length > 2))
      expect(new Set(points.slice(1, -1).map(([, y]) => y)).size).toBe(1);
  });

  test("frames whose lines come and go on one level are in line", () => {
    const found = layout(application("ResNet50"), new Set());
    expect(crossings(found.lines)).toBe(0);
    const [one, next] = ["conv2_block2", "conv2_block3"].map((name) => `⟨${name}⟩`);
    const between = found.lines.find(({ from, to }) => from === one && to === next);
    expect(between?.points).toHaveLength(2);
    expect(between?.points[0]?.[1]).toBeCloseTo(between?.points[1]?.[1] ?? 0);
  });

  test("a layer that is called again, in a circle, is drawn once", () => {
    const found = layout([
      card("a", ["input"]),
      card("shared", ["a", "b"]),
      card("b", ["shared"]),
      card("out", ["shared"]),
    ]);
    expect(overlaps(found)).toEqual([]);
    expect(lines(found)).toEqual(expect.arrayContaining(["shared→b", "b→shared", "a→shared"]));
    expect(box(found, "b").x).toBeGreaterThan(box(found, "shared").x);
  });

  test("thousands of layers, and parts that hang together with nothing", () => {
    const path = (i: number) => (i < 0 ? "input" : `l${i}`);
    const chain = Array.from({ length: 3000 }, (_, i) => card(path(i), [path(i - 1)]));
    const many = Array.from({ length: 300 }, (_, i) =>
      card(path(i), i % 10 === 9 ? [path(i - 1), path(i - 8)] : [path(i - 1)]),
    );
    expect(layout(chain, new Set()).height).toBe(SIZES.card.height);
    const found = layout([...many, card("alone", ["input:2"]), card("next", ["alone"])], new Set());
    expect(found.nodes).toHaveLength(304);
    expect(overlaps(found)).toEqual([]);
    expect(overlaps(layout(application("ResNet50"), new Set()))).toEqual([]);
  });
});
