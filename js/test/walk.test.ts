import { describe, expect, test } from "vitest";
import { stageAt, stageText } from "../src/calculation/names";
import { PAGE, rowsOf, type Terms } from "../src/calculation/terms";
import { columnFormat } from "../src/draw/format";
import type { Calculation } from "../src/protocol.gen";
import { speaker } from "../src/text";
import { en } from "../src/texts/en";
import { zh } from "../src/texts/zh";
import { type Stop, stopAt, unitAxis, Walk } from "../src/walk";

const AXES = ["height", "width", "channel"];
const stateAt = ({ path, unit, place }: Stop) => ({
  sample: 0,
  target: null,
  method: "",
  options: {},
  layer: path,
  unit,
  place,
});

describe("the walk", () => {
  const dense = stopAt("dense", ["unit"], [7]);
  const conv = stopAt("conv", AXES, [3, 4, 5]);
  const pixel = { ...stopAt("input", AXES, [3, 4, 0]), end: true };

  test("goes on, ends at the input, and is cut where one goes back", () => {
    const walk = new Walk();
    walk.settle(stateAt(dense));
    walk.go(conv);
    walk.settle(stateAt(conv));
    walk.go(pixel);
    expect(walk.stops.map(({ path }) => path)).toEqual(["dense", "conv", "input"]);
    expect(walk.stand).toBe(conv);
    walk.cut(0);
    walk.settle(stateAt(dense));
    expect(walk.stops).toEqual([dense]);
  });

  test("begins anew where something else is chosen, and not for another sample", () => {
    const walk = new Walk();
    walk.settle(stateAt(dense));
    walk.go(conv);
    walk.settle({ ...stateAt(conv), sample: 9 });
    expect(walk.stops).toHaveLength(2);
    walk.settle({ ...stateAt(conv), place: [0, 0, 5] });
    expect(walk.stops.map(({ place }) => place)).toEqual([[0, 0, 5]]);
  });

  test("one gate takes the place of another, and a gate's input is behind it", () => {
    const walk = new Walk();
    const cell = stopAt("lstm", ["time", "unit"], [4, 1]);
    walk.settle(stateAt(cell));
    walk.go({ ...cell, stage: "input gate" });
    walk.go({ ...cell, stage: "output gate" });
    walk.go(stopAt("lstm", ["time", "unit"], [3, 0]));
    expect(walk.stops.map(({ stage }) => stage)).toEqual(["", "output gate", ""]);
  });

  test("a unit without a place gets the one that the answer tells", () => {
    const walk = new Walk();
    const stop = { ...conv, place: null };
    walk.settle(stateAt(stop));
    walk.found("conv", [1, 2, 5]);
    expect(walk.now && walk.placeOf(walk.now)).toEqual([1, 2, 5]);
  });

  test("units lie along the channels wherever those are", () => {
    expect(unitAxis(["channel", "height", "width"])).toBe(0);
    expect(unitAxis(["time", "unit"])).toBe(1);
    expect(unitAxis(["axis_1", "axis_2"])).toBe(1);
    expect(stopAt("conv", ["channel", "height", "width"], [6, 1, 2]).unit).toBe(6);
  });
});

function termsOf(products: number[], group: number[] = []): Terms {
  const values = Float32Array.from(products);
  const rest = { inputs: values, weights: values, source: new Int32Array(products.length) };
  const index = () => [0];
  const groups = Int32Array.from(group);
  return {
    ...rest,
    products: values,
    group: groups,
    count: products.length,
    index,
    weightIndex: index,
  };
}

const EMPTY = { open: new Set<string>(), more: new Map<string, number>() };
const payloadOf = (patch: Partial<Calculation>) =>
  ({ sources: [{ path: "conv" }], groups: [], num_terms: 0, rest: 0, ...patch }) as Calculation;

describe("the rows of the table", () => {
  test("what is not shown is counted and added up, sent or not", () => {
    const products = Array.from({ length: 60 }, (_, i) => 60 - i);
    const rows = rowsOf(payloadOf({ num_terms: 100, rest: 5 }), termsOf(products), EMPTY);
    expect(rows).toHaveLength(PAGE + 1);
    const hidden = products.slice(PAGE).reduce((sum, each) => sum + each, 5);
    expect(rows.at(-1)).toMatchObject({ form: "more", count: 50, sum: hidden, sent: true });
  });

  test("channels are folded, and an open one shows its terms and what was not sent of it", () => {
    const groups = [
      { source: 0, channel: 3, count: 3, sum: 6 },
      { source: 0, channel: 1, count: 2, sum: -1 },
    ];
    const payload = payloadOf({ groups, num_terms: 5 });
    const terms = termsOf([4, 1.5, -2], [0, 0, 1]);
    const forms = (open: string[]) =>
      rowsOf(payload, terms, { ...EMPTY, open: new Set(open) }).map(({ form }) => form);
    expect(forms([])).toEqual(["group", "group"]);
    const open = ["conv undefined undefined 3"];
    expect(forms(open)).toEqual(["group", "term", "term", "more", "group"]);
    const rows = rowsOf(payload, terms, { ...EMPTY, open: new Set(open) });
    expect(rows[3]).toMatchObject({ count: 1, sum: 0.5, sent: false });
  });

  test("channels of one term each are not folded", () => {
    const groups = [0, 1].map((channel) => ({ source: 0, channel, count: 1, sum: 1 }));
    const rows = rowsOf(payloadOf({ groups, num_terms: 2 }), termsOf([1, 1], [0, 1]), EMPTY);
    expect(rows.map(({ form }) => form)).toEqual(["term", "term"]);
  });
});

test("numbers below one another have the same decimals, and what they would lose is written out", () => {
  const format = columnFormat([12.3456, -0.5, 0.0001]);
  expect([12.3456, -0.5, 0, 0.0001, Number.NaN].map(format)).toEqual([
    "12.346",
    "−0.500",
    "0.000",
    "1.0e−4",
    "NaN",
  ]);
  expect(columnFormat([3e9])(3e9)).toBe("3e9");
});

test("inner results are translated around their numbers, and a term's index fills its name", () => {
  expect(stageAt("mix {2}, head {1}", [6, 1, 3])).toBe("mix 3, head 1");
  expect(stageText("score of key 4, head 0", speaker(en))).toBe("score of key 4, head 0");
  expect(stageText("input gate", speaker(zh))).toBe("输入门");
  expect(stageText("score of key 4, head 0", speaker(zh))).toBe("键 4 的分数，头 0");
  expect(stageText("a name of its own", speaker(zh))).toBe("a name of its own");
});
