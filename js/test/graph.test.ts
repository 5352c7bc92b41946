import { describe, expect, test } from "vitest";
import { blocksOf } from "../src/graph/blocks";
import { layoutOf } from "../src/graph/layout";
import { linksOf } from "../src/graph/links";
import { countShown, foldedAtFirst, MANY, outputOf, shownAs, treeOf } from "../src/graph/tree";
import type { Card } from "../src/protocol.gen";
import { application, box, card, layout, lines, overlaps, SIZES } from "./fake/graphs";

const links = (cards: Card[]) =>
  linksOf(treeOf(cards)).map(({ from, to, known }) => `${from}${known ? "→" : "⇢"}${to}`);

describe("blocks", () => {
  const named = (cards: Card[]) => {
    const names = cards.map(({ name }) => name);
    return blocksOf(names).map(({ name, start, end }) => `${name}:${end - start}`);
  };

  test("ResNet50 has its 16 blocks", () => {
    const blocks = named(application("ResNet50"));
    expect(blocks.filter((name) => /^conv\d_block\d:/.test(name))).toHaveLength(16);
    expect(blocks).toContain("conv2_block1:12");
    expect(blocks).toContain("conv5_block3:10");
  });

  test("MobileNetV2 has its 16 numbered blocks and the first, unnumbered one", () => {
    const blocks = named(application("MobileNetV2"));
    expect(blocks.filter((name) => /^block_\d+:/.test(name))).toHaveLength(16);
    expect(blocks).toContain("expanded_conv:5");
  });

  test("EfficientNetB0 has 16 blocks, a stem and a top", () => {
    const blocks = named(application("EfficientNetB0"));
    expect(blocks.filter((name) => /^block\d[a-z]:/.test(name))).toHaveLength(16);
    expect(blocks.map((name) => name.split(":")[0])).toEqual(
      expect.arrayContaining(["stem", "block1a", "block7a", "top"]),
    );
  });

  test("names that Keras made up are no block, and an operation inside one belongs to it", () => {
    expect(blocksOf(["conv2d_1", "conv2d_2", "conv2d_3", "dense"])).toEqual([]);
    expect(blocksOf(["a", "block_1_x", "add", "block_1_y"])).toEqual([
      { name: "block_1", start: 1, end: 4 },
    ]);
  });
});

describe("links", () => {
  test("known ones are taken as they are, an input's included", () => {
    const cards = [card("a", ["input"]), card("b", ["input"]), card("add", ["a", "b"])];
    expect(links(cards)).toEqual(["input→a", "input→b", "a→add", "b→add"]);
  });

  test("a layer without known inputs follows the one before it in its parent", () => {
    const cards = [card("a", ["input"]), card("b", []), card("c", ["nowhere"])];
    expect(links(cards)).toEqual(["input→a", "a⇢b", "b⇢c"]);
  });

  test("several layers that feed nobody go into the one that nobody knows to be fed", () => {
    const cards = [
      card("mha", ["input"], { layer_kind: "MultiHeadAttention", is_container: true }),
      card("mha/query", ["input"]),
      card("mha/key", ["input"]),
      card("mha/out", []),
    ];
    expect(links(cards).filter((link) => link.includes("⇢"))).toEqual([
      "mha/query⇢mha/out",
      "mha/key⇢mha/out",
    ]);
  });

  test("outputs and calls without a card are those of their layer", () => {
    expect(links([card("a", ["input"]), card("b", ["a#1.1"])])).toContain("a→b");
  });
});

describe("layout", () => {
  test("a chain is one row, cards at their size", () => {
    const found = layout([card("a", ["input"]), card("b", ["a"]), card("c", ["b"])]);
    expect(found.height).toBe(SIZES.card.height);
    expect(new Set(found.nodes.filter(({ id }) => id !== "input").map(({ y }) => y)).size).toBe(1);
    expect(box(found, "a").x).toBeLessThan(box(found, "b").x);
    expect(found.lines.every(({ points }) => new Set(points.map(([, y]) => y)).size === 1)).toBe(
      true,
    );
  });

  test("branches stand one above the other and meet again", () => {
    const found = layout([
      card("a", ["input"]),
      card("up", ["a"]),
      card("down", ["a"]),
      card("merge", ["up", "down"]),
    ]);
    expect(box(found, "up").x).toBe(box(found, "down").x);
    expect(overlaps(found)).toEqual([]);
    expect(lines(found)).toEqual(expect.arrayContaining(["up→merge", "down→merge"]));
  });

  test("a line that runs around a card stays inside the drawing", () => {
    const cards = ["a", "b", "c", "d"].map((id, i, all) => card(id, [all[i - 1] ?? "input"]));
    const found = layout([...cards, card("sum", ["d", "a", "input"])]);
    const heights = found.lines.flatMap(({ points }) => points.map(([, y]) => y));
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...heights)).toBeLessThanOrEqual(found.height);
  });

  const NESTED = [
    card("flat", ["input"]),
    card("head", ["flat"], { layer_kind: "Sequential", is_container: true }),
    card("head/h1", ["flat"]),
    card("head/inner", ["head/h1"], { layer_kind: "Functional", is_container: true }),
    card("head/inner/deep", ["head/h1"]),
    card("out", ["head/inner/deep"]),
  ];

  test("an unfolded group is a frame around its children; its lines go on inside", () => {
    const found = layout(NESTED);
    const [head, inner, deep] = ["head", "head/inner", "head/inner/deep"].map((id) =>
      box(found, id),
    );
    expect(found.nodes.map(({ id }) => id).sort()).toEqual(
      ["flat", "head/h1", "head/inner/deep", "input", "out"].sort(),
    );
    expect(deep?.y).toBeGreaterThan(inner?.y ?? 0);
    expect(inner?.y).toBeGreaterThan(head?.y ?? 0);
    expect((deep?.x ?? 0) + (deep?.width ?? 0)).toBeLessThan((head?.x ?? 0) + (head?.width ?? 0));
    const into = found.lines.find(({ to }) => to === "head");
    const on = found.lines.find(({ to }) => to === "head/h1");
    expect(on?.points[0]).toEqual(into?.points.at(-1));
    expect([into?.arrow, on?.arrow]).toEqual([false, true]);
  });

  test("a folded group is one card; what runs inside is not drawn", () => {
    const found = layout(NESTED, new Set(["head"]));
    expect(found.frames).toEqual([]);
    expect(lines(found)).toEqual(["input→flat", "flat→head", "head→out"]);
  });

  test("a group that feeds only as a whole does so from its last layer", () => {
    const cards = [
      card("td", ["input"], { is_container: true }),
      card("td/dense", []),
      card("out", ["td"]),
    ];
    expect(lines(layout(cards, new Set()))).toEqual(
      expect.arrayContaining(["input→td", "td→out", "\u0000in→td/dense", "td/dense→\u0000out"]),
    );
  });
});

describe("folding", () => {
  test("inner workings are folded, models are not while they are few", () => {
    const cards = [
      card("mha", ["input"], { layer_kind: "MultiHeadAttention", is_container: true }),
      card("mha/query", ["input"]),
      card("head", ["mha"], { layer_kind: "Sequential", is_container: true }),
      card("head/h1", ["mha"]),
    ];
    expect([...foldedAtFirst(treeOf(cards))]).toEqual(["mha"]);
  });

  test("applications are readable at first", () => {
    for (const name of ["ResNet50", "MobileNetV2", "EfficientNetB0"]) {
      const tree = treeOf(application(name));
      const folded = foldedAtFirst(tree);
      expect(countShown(tree, folded), name).toBeLessThanOrEqual(MANY);
      const found = layoutOf(tree, linksOf(tree), folded, SIZES);
      expect(overlaps(found)).toEqual([]);
      expect(found.height, name).toBeLessThan(2.2 * SIZES.card.height);
    }
  });

  test("a folded block shows its last layer's output and stands for all in it", () => {
    const tree = treeOf(application("ResNet50"));
    const folded = foldedAtFirst(tree);
    expect(outputOf(tree, "⟨conv2_block1⟩")?.path).toBe("conv2_block1_out");
    expect(shownAs(tree, folded, "conv2_block1_1_conv")).toBe("⟨conv2_block1⟩");
    expect(shownAs(tree, new Set(), "conv2_block1_1_conv")).toBe("conv2_block1_1_conv");
  });
});
