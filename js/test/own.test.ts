/** Inputs a person makes: the arithmetic of pictures and strokes, against numbers worked out by hand. */
import { describe, expect, test } from "vitest";
import { centreCrop, fromValues, resample, shares, toShares, toValues } from "../src/own/resample";
import { distance, Sketch } from "../src/own/sketch";
import { rangeText, stepsOf } from "../src/own/upload";
import type { InputForm } from "../src/protocol.gen";
import { speaker } from "../src/text";
import { en } from "../src/texts/en";

const BYTES = { low: 0, high: 255, whole: true };
const UNIT = { low: 0, high: 1, whole: false };

/** Grey cells, row by row, as opaque RGBA. */
const rgba = (...cells: number[]) => cells.flatMap((cell) => [cell, cell, cell, 255]);
/** The red of each pixel. */
const reds = (rgb: Float64Array) => Array.from(rgb).filter((_, i) => i % 3 === 0);

describe("resizing", () => {
  test.each([
    [640, 480, 28, 28, { x: 80, y: 0, width: 480, height: 480 }],
    [480, 640, 28, 28, { x: 0, y: 80, width: 480, height: 480 }],
    [100, 100, 28, 28, { x: 0, y: 0, width: 100, height: 100 }],
    [100, 100, 20, 10, { x: 0, y: 25, width: 100, height: 50 }],
    [1, 1, 20, 10, { x: 0, y: 0, width: 1, height: 1 }],
    [5, 2, 1, 1, { x: 1, y: 0, width: 2, height: 2 }],
  ])("the middle of %d × %d for %d × %d is cut out", (width, height, toWidth, toHeight, box) => {
    expect(centreCrop(width, height, toWidth, toHeight)).toEqual(box);
  });

  test("shrinking averages what each cell covers", () => {
    expect(shares(4, 2)).toEqual([
      { start: 0, weights: [0.5, 0.5] },
      { start: 2, weights: [0.5, 0.5] },
    ]);
    const [first, second] = shares(3, 2);
    expect(first?.start).toBe(0);
    expect(first?.weights[0]).toBeCloseTo(2 / 3);
    expect(first?.weights[1]).toBeCloseTo(1 / 3);
    expect(second?.start).toBe(1);
    expect(second?.weights[0]).toBeCloseTo(1 / 3);
    expect(second?.weights[1]).toBeCloseTo(2 / 3);
  });

  test("enlarging goes straight from cell to cell", () => {
    const weights = shares(2, 4).map(({ weights: each }) => each);
    expect(weights).toEqual([
      [1, 0],
      [0.75, 0.25],
      [0.25, 0.75],
      [0, 1],
    ]);
    expect(shares(1, 2)).toEqual([
      { start: 0, weights: [1] },
      { start: 0, weights: [1] },
    ]);
  });

  test.each([
    [480, 28],
    [7, 3],
    [28, 28],
    [3, 100],
    [1000, 999],
  ])("every share of %d cells in %d sums to 1 and lies inside", (from, to) => {
    for (const { start, weights } of shares(from, to)) {
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start + weights.length).toBeLessThanOrEqual(from);
    }
  });

  test("a picture of 4 × 2 becomes 2 × 1 by the means of its quarters", () => {
    const cells = rgba(0, 10, 100, 200, 20, 30, 100, 200);
    const whole = { x: 0, y: 0, width: 4, height: 2 };
    expect(reds(resample(cells, 4, whole, 2, 1))).toEqual([15, 150]);
  });

  test("only what is in the box is read", () => {
    const cells = rgba(9, 10, 20, 9, 9, 30, 40, 9);
    const box = { x: 1, y: 0, width: 2, height: 2 };
    expect(reds(resample(cells, 4, box, 2, 2))).toEqual([10, 20, 30, 40]);
    expect(reds(resample(cells, 4, box, 1, 1))).toEqual([25]);
  });

  test("what is transparent is white", () => {
    const half = [0, 0, 0, 51];
    expect(reds(resample(half, 1, { x: 0, y: 0, width: 1, height: 1 }, 1, 1))).toEqual([204]);
  });
});

describe("numbers of a picture", () => {
  test("grey weighs the colours as ITU-R 601 does", () => {
    const [red, green, blue, white] = toShares([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255], 1);
    expect(red).toBeCloseTo(0.299, 6);
    expect(green).toBeCloseTo(0.587, 6);
    expect(blue).toBeCloseTo(0.114, 6);
    expect(white).toBeCloseTo(1, 6);
  });

  test("colours stay three", () => {
    expect([...toShares([0, 51, 255], 3)]).toEqual([0, Math.fround(0.2), 1]);
  });

  test("black and white are the ends of the range", () => {
    expect([...toValues([0, 0.5, 1], UNIT)]).toEqual([0, 0.5, 1]);
    expect([...toValues([0, 0.5, 1], BYTES)]).toEqual([0, 128, 255]);
    expect([...toValues([0, 0.25, 1], { low: -1, high: 1, whole: false })]).toEqual([-1, -0.5, 1]);
    expect([...toValues([0, 0.25, 1], UNIT, true)]).toEqual([1, 0.75, 0]);
  });

  test("bytes survive the way to the pad and back", () => {
    const bytes = Float32Array.from({ length: 256 }, (_, i) => i);
    expect(toValues(fromValues(bytes, BYTES), BYTES)).toEqual(bytes);
    expect(toValues(fromValues(bytes, BYTES, true), BYTES, true)).toEqual(bytes);
    expect([...fromValues([-1, 300], BYTES)]).toEqual([0, 1]);
  });

  test("it is said what was done", () => {
    const say = speaker(en);
    const form = { width: 28, height: 28, channels: 1, low: 0, high: 1 } as InputForm;
    const steps = stepsOf({ width: 640, height: 480 }, { width: 480, height: 480 }, form, say);
    expect(`${steps}, ${rangeText(form)}`).toBe(
      "640 × 480 → centre crop 480 × 480 → 28 × 28, grey, 0 – 1",
    );
    const same = { width: 28, height: 28 };
    expect(stepsOf(same, same, { ...form, channels: 3 }, say)).toBe("28 × 28");
  });
});

describe("a sketch", () => {
  test("a dot covers its cell and fades out", () => {
    const sketch = new Sketch(5, 5, 1);
    sketch.begin([1], 1);
    sketch.line({ x: 2.5, y: 2.5 }, { x: 2.5, y: 2.5 });
    const row = [...sketch.pixels.subarray(10, 15)];
    expect(row).toEqual([0, 0.5, 1, 0.5, 0]);
    expect(sketch.pixels[6]).toBeCloseTo(1.5 - Math.SQRT2, 6);
  });

  test("a stroke over itself is not drawn twice", () => {
    const once = new Sketch(5, 5, 1);
    once.begin([1], 1);
    once.line({ x: 0.5, y: 2.5 }, { x: 4.5, y: 2.5 });
    const before = once.pixels.slice();
    once.line({ x: 4.5, y: 2.5 }, { x: 0.5, y: 2.5 });
    expect(once.pixels).toEqual(before);
  });

  test("a soft edge mixes the colour with what was there", () => {
    const sketch = new Sketch(1, 3, 3);
    sketch.fill([0, 0, 1]);
    sketch.begin([1, 0, 0], 1);
    sketch.line({ x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 });
    expect([...sketch.pixels]).toEqual([1, 0, 0, 0.5, 0, 0.5, 0, 0, 1]);
  });

  test("undo goes back one stroke at a time", () => {
    const sketch = new Sketch(3, 3, 1);
    const dot = (x: number) => {
      sketch.begin([1], 0.5);
      sketch.line({ x, y: 1.5 }, { x, y: 1.5 });
      return sketch.pixels.slice();
    };
    const first = dot(0.5);
    dot(2.5);
    sketch.undo();
    expect(sketch.pixels).toEqual(first);
    sketch.undo();
    expect([...sketch.pixels]).toEqual(new Array(9).fill(0));
    expect(sketch.canUndo).toBe(false);
    sketch.undo();
    expect(sketch.pixels.length).toBe(9);
  });

  test("strokes outside the paper change nothing and break nothing", () => {
    const sketch = new Sketch(3, 3, 1);
    sketch.begin([1], 1);
    sketch.line({ x: -9, y: -9 }, { x: -4, y: 20 });
    expect([...sketch.pixels]).toEqual(new Array(9).fill(0));
  });

  test("the distance is to the piece of line, not beyond its ends", () => {
    const [from, to] = [
      { x: 0, y: 0 },
      { x: 4, y: 0 },
    ];
    expect(distance({ x: 2, y: 3 }, from, to)).toBe(3);
    expect(distance({ x: 7, y: 4 }, from, to)).toBe(5);
    expect(distance({ x: 3, y: 4 }, from, from)).toBe(5);
  });
});
