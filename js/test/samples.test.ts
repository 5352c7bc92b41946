/** Moving through lists of samples, what is in sight of a strip, and what a menu with search finds. */
import { describe, expect, test } from "vitest";
import { matching, movedTo } from "../src/parts/matching";
import type { Choices, LayerHead, Listing } from "../src/protocol.gen";
import {
  ALL,
  CHOSEN,
  listOf,
  listOptions,
  listText,
  targetOptions,
  unitOptions,
} from "../src/samples/menus";
import { centred, inSight, SampleOrder } from "../src/samples/order";
import { speaker } from "../src/text";
import { en } from "../src/texts/en";

const say = speaker(en);

describe("an order of samples", () => {
  test("of all is the samples themselves", () => {
    const all = new SampleOrder(60_000);
    expect([all.length, all.whole, all.sampleAt(59_999), all.sampleAt(60_000)]).toEqual([
      60_000,
      true,
      59_999,
      null,
    ]);
    expect(all.place(7)).toEqual({ at: 7, inside: true });
    expect([all.step(7, 1), all.step(0, -1), all.next(59_999)]).toEqual([8, null, 0]);
  });

  test("of some steps from one to the next, and round at the end", () => {
    const some = new SampleOrder(100, Int32Array.of(3, 10, 42));
    expect(some.place(10)).toEqual({ at: 1, inside: true });
    expect([some.step(10, 1), some.step(10, -1), some.step(42, 1), some.next(42)]).toEqual([
      42,
      3,
      null,
      3,
    ]);
  });

  test.each([
    [4, 1, 3, 10],
    [0, 0, null, 3],
    [99, 3, 42, null],
  ])("from outside, at %i, goes to the nearest on that side", (sample, at, before, after) => {
    const some = new SampleOrder(100, Int32Array.of(3, 10, 42));
    expect(some.place(sample)).toEqual({ at, inside: false });
    expect([some.step(sample, -1), some.step(sample, 1)]).toEqual([before, after]);
  });

  test("by sureness keeps its order, and begins at its first from outside", () => {
    const sorted = new SampleOrder(100, Int32Array.of(42, 3, 10));
    expect([sorted.step(42, 1), sorted.place(10).at]).toEqual([3, 2]);
    expect(sorted.place(5)).toEqual({ at: 0, inside: false });
    expect(sorted.step(5, 1)).toBe(42);
  });

  test("of none has nowhere to go", () => {
    const none = new SampleOrder(100, new Int32Array());
    expect([none.step(5, 1), none.step(5, -1), none.next(5), none.sampleAt(0)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("a strip", () => {
  test("knows what is in sight, at the ends too", () => {
    expect(inSight(0, 560, 56, 60_000)).toEqual({ first: 0, end: 10 });
    expect(inSight(28, 560, 56, 60_000)).toEqual({ first: 0, end: 11 });
    expect(inSight(56 * 59_990, 560, 56, 60_000, 3)).toEqual({ first: 59_987, end: 60_000 });
    expect(inSight(0, 560, 56, 4)).toEqual({ first: 0, end: 4 });
    expect(inSight(0, 560, 56, 0)).toEqual({ first: 0, end: 0 });
  });

  test("puts the current sample in the middle where it can", () => {
    expect(centred(100, 560, 56, 60_000)).toBe(100.5 * 56 - 280);
    expect(centred(0, 560, 56, 60_000)).toBe(0);
    expect(centred(59_999, 560, 56, 60_000)).toBe(60_000 * 56 - 560);
    expect(centred(2, 560, 56, 4)).toBe(0);
  });
});

describe("a menu with search", () => {
  const options = ["great white shark", "tiger shark", "tiger", "Tiger cat", "stiger"].map(
    (text, i) => ({ value: String(i), text, detail: String(i + 1) }),
  );
  const found = (typed: string) => matching(options, typed).map(({ text }) => text);

  test("finds the whole, the beginning, a word, then anything", () => {
    expect(found("tiger")).toEqual(["tiger", "tiger shark", "Tiger cat", "stiger"]);
    expect(found("shark")).toEqual(["great white shark", "tiger shark"]);
    expect(found(" 4 ")).toEqual(["Tiger cat"]);
    expect(found("lion")).toEqual([]);
    expect(found("").length).toBe(5);
  });

  test("of numbers puts the number itself first", () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => ({ value: `${i}`, text: `${i}` }));
    const [first, second] = matching(numbers, "7");
    expect([first?.text, second?.text]).toEqual(["7", "70"]);
  });

  test("goes round its ends", () => {
    expect([movedTo("ArrowDown", 4, 5), movedTo("ArrowUp", 0, 5)]).toEqual([0, 4]);
    expect([movedTo("PageDown", 1, 5), movedTo("PageUp", 1, 5)]).toEqual([4, 0]);
    expect([movedTo("x", 1, 5), movedTo("ArrowDown", 0, 0)]).toEqual([null, null]);
  });
});

describe("what the menus offer", () => {
  const choices: Choices = {
    kind: "choices",
    num_targets: 3,
    targets_off: "",
    class_names: ["cat", "dog", "2"],
    by_margin: true,
    by_truth: true,
    labels: [
      { name: "cat", count: 1200 },
      { name: "label:dog", count: null },
    ],
  };

  test("every list can be asked for as it was offered", () => {
    const options = listOptions(choices, say);
    expect(options.map(({ value }) => listOf(value))).toEqual([
      null,
      { by: "wrong", label: "" },
      { by: "right", label: "" },
      { by: "unsure", label: "" },
      { by: "mistakes", label: "" },
      { by: "label", label: "cat" },
      { by: "label", label: "label:dog" },
    ]);
    expect(options[5]?.detail).toBe("1,200");
    expect(listOptions({ ...choices, by_truth: false, labels: [] }, say).length).toBe(2);
  });

  test("samples that were chosen elsewhere are an entry of their own", () => {
    const values = listOptions(choices, say, true).map(({ value }) => value);
    expect(values.slice(0, 3)).toEqual([ALL, CHOSEN, "wrong"]);
    expect(listOptions(null, say, true).map(({ text }) => text)).toEqual(["All samples", "Chosen"]);
  });

  test("a target is named, and by its number", () => {
    expect(targetOptions(choices, say)).toEqual([
      { value: "auto", text: "Predicted class (automatic)" },
      { value: "0", text: "cat", detail: "0" },
      { value: "1", text: "dog", detail: "1" },
      { value: "2", text: "2" },
    ]);
    expect(targetOptions(null, say).length).toBe(1);
  });

  test.each([
    [17, 10_000, 60_000, "wrong", "17 of the first 10,000 samples"],
    [17, 400, 400, "wrong", "17 samples"],
    [0, 10_000, 60_000, "wrong", "None of the first 10,000."],
    [0, 400, 400, "right", "There is none."],
  ])("a list of %i says how many were looked at", (count, looked, total, by, text) => {
    const listing: Listing = { kind: "listing", by, label: "", looked, total, generation: 0 };
    expect(listText(listing, count, say)).toBe(text);
  });
});

describe("units as targets", () => {
  const state = { sample: 0, layer: "conv", unit: 5, place: null, method: "", options: {} };
  const head = {
    path: "conv",
    shape: [8, 6, 6],
    axes: ["channel", "height", "width"],
    dtype: "float32",
  } as unknown as LayerHead;
  const values = (patch: object, of: LayerHead | null = head) =>
    unitOptions({ ...state, target: null, ...patch }, of, say).map(({ value }) => value);

  test("are the chosen number and the sum of its map, in the model's own layout", () => {
    expect(values({})).toEqual(["conv[5, :, :]"]);
    expect(values({ place: [5, 3, 4] })).toEqual(["conv[5, 3, 4]", "conv[5, :, :]"]);
    expect(values({}, { ...head, shape: [8], axes: ["unit"] })).toEqual(["conv[5]"]);
  });

  test("stay in the menu when another one is chosen; whole numbers are none", () => {
    expect(values({ target: "dense[3]" })).toEqual(["dense[3]", "conv[5, :, :]"]);
    expect(values({ target: "conv[5, :, :]" })).toEqual(["conv[5, :, :]"]);
    expect(values({}, { ...head, dtype: "int32" })).toEqual([]);
    expect(values({ layer: "dense" })).toEqual([]);
  });
});
