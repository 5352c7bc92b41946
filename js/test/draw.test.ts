import {
  interpolateCividis,
  interpolateGreys,
  interpolateMagma,
  interpolateRdBu,
  interpolateViridis,
} from "d3-scale-chromatic";
import { describe, expect, test } from "vitest";
import { NOT_FINITE, SEQUENTIAL, tableFor } from "../src/draw/colormap";
import {
  columnFormat,
  formatApproximate,
  formatExact,
  formatNumber,
  formatOutputShape,
  formatPercent,
} from "../src/draw/format";
import { barsPath, linePath } from "../src/draw/paths";
import {
  colorImage,
  colorLevels,
  colorValues,
  fitSize,
  levelOf,
  levelStep,
  maximumLevel,
  maximumOf,
  peakOf,
  separateTiles,
  valueOfLevel,
} from "../src/draw/pixels";
import { indexTicks, linear, ticks, ticksAround } from "../src/draw/scale";

describe("numbers", () => {
  test.each([
    [0, "0"],
    [0.731_24, "0.7312"],
    [-0.5, "−0.5"],
    [1234.56, "1235"],
    [123_456.7, "1.235e5"],
    [0.000_012_345, "1.234e−5"],
    [60_000, "60000"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "−∞"],
    [null, "–"],
  ])("%s is written with four digits as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test("an exact float32 is the shortest decimal that reads back as itself", () => {
    for (const value of [0.1, 1 / 3, 1.435_488_1, 123.456, -7e-6, 16_777_216]) {
      const single = Math.fround(value);
      const text = formatExact(single).replaceAll("−", "-");
      expect(Math.fround(Number(text))).toBe(single);
    }
    expect(formatExact(Math.fround(0.1))).toBe("0.1");
  });

  test("a quantised value claims no more than the resolution of its picture", () => {
    expect(formatApproximate(0.431_28, 0.0047)).toBe("≈ 0.431");
    expect(formatApproximate(431.28, 4.7)).toBe("≈ 431");
    expect(formatApproximate(0, 0)).toBe("0");
    expect(formatApproximate(Number.NaN, 0.1)).toBe("NaN");
  });

  test("percentages near the ends say that they are near, not there", () => {
    expect(formatPercent(0.9812)).toBe("98.1 %");
    expect(formatPercent(1)).toBe("100.0 %");
    expect(formatPercent(0.999_99)).toBe("> 99.9 %");
    expect(formatPercent(1e-7)).toBe("< 0.1 %");
  });

  test("output shapes are shown without the batch axis", () => {
    expect(formatOutputShape([null, 26, 26, 32])).toBe("26 × 26 × 32");
    expect(formatOutputShape([null, null, 8])).toBe("? × 8");
    expect(formatOutputShape([null])).toBe("1");
    expect(formatOutputShape(null)).toBe("?");
  });
});

describe("colours", () => {
  const rgb = (packed: number) => [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];
  const bright = (packed: number) => rgb(packed).reduce((sum, part) => sum + part, 0);

  test("sequential tables get brighter from end to end", () => {
    for (const name of SEQUENTIAL) {
      const { packed } = tableFor(false, false, name);
      expect(packed).toHaveLength(256);
      expect(bright(packed[254] ?? 0)).toBeGreaterThan(bright(packed[0] ?? 0) + 200);
    }
  });

  test("zero of a diverging table looks like the page", () => {
    expect(bright(tableFor(true, false, "viridis").packed[127] ?? 0)).toBeGreaterThan(680);
    expect(bright(tableFor(true, true, "viridis").packed[127] ?? 765)).toBeLessThan(140);
  });

  test("the mark of a value that is not finite is nowhere on its scale", () => {
    for (const signed of [true, false]) {
      for (const dark of [true, false]) {
        for (const name of SEQUENTIAL) {
          const { packed } = tableFor(signed, dark, name);
          const mark = rgb(packed[NOT_FINITE] ?? 0);
          for (let level = 0; level < 255; level += 1) {
            const here = rgb(packed[level] ?? 0);
            const distance = Math.hypot(...here.map((part, i) => part - (mark[i] ?? 0)));
            expect(distance).toBeGreaterThan(80);
          }
        }
      }
    }
  });

  test("the shipped colours are d3's own", () => {
    const d3 = {
      viridis: interpolateViridis,
      magma: interpolateMagma,
      cividis: interpolateCividis,
      grey: (t: number) => interpolateGreys(1 - t),
    };
    const hex = (text: string) => (text.match(/^#|[0-9a-f]{2}/g) ?? []).slice(1);
    const css = (text: string) =>
      text.startsWith("#")
        ? `rgb(${hex(text)
            .map((each) => Number.parseInt(each, 16))
            .join(", ")})`
        : text;
    for (let level = 0; level < 255; level += 1) {
      for (const name of SEQUENTIAL)
        expect(tableFor(false, false, name).css(level)).toBe(css(d3[name](level / 254)));
      expect(tableFor(true, false, "grey").css(level)).toBe(css(interpolateRdBu(level / 254)));
    }
    expect(rgb(tableFor(false, false, "viridis").packed[0] ?? 0)).toEqual([68, 1, 84]);
  });
});

describe("pixels", () => {
  const table = tableFor(false, false, "grey");
  const range = { low: 0, high: 2 };

  test("levels and values of the same picture get the same colours", () => {
    const levels = colorLevels([0, 127, 254, 255], table);
    const values = colorValues([0, 1, 2, Number.NaN], range, table);
    expect([...values]).toEqual([...levels]);
    expect([...levels.slice(0, 4)]).toEqual([0, 0, 0, 255]);
  });

  test("values beyond the scale are drawn at its end, a constant at its low end", () => {
    expect(levelOf(-9, range)).toBe(0);
    expect(levelOf(9, range)).toBe(254);
    expect(levelOf(5, { low: 5, high: 5 })).toBe(0);
    expect(levelOf(Number.POSITIVE_INFINITY, range)).toBe(NOT_FINITE);
  });

  test("a level reads back as a value within half a step", () => {
    for (const value of [0, 0.3, 1.999]) {
      const back = valueOfLevel(levelOf(value, range), range);
      expect(Math.abs(back - value)).toBeLessThanOrEqual(levelStep(range) / 2 + 1e-12);
    }
    expect(valueOfLevel(NOT_FINITE, range)).toBeNaN();
  });

  test("grey and colour images become RGBA", () => {
    expect([...colorImage([7, 9], 1)]).toEqual([7, 7, 7, 255, 9, 9, 9, 255]);
    expect([...colorImage([1, 2, 3], 3)]).toEqual([1, 2, 3, 255]);
  });

  test("tiles are set apart by a transparent cell", () => {
    const rgba = colorLevels([10, 20, 30, 40], table);
    const out = separateTiles(rgba, 2, 2, { rows: 2, columns: 2 });
    expect([out.height, out.width]).toEqual([3, 3]);
    const alpha = Array.from({ length: 9 }, (_, i) => out.rgba[i * 4 + 3]);
    expect(alpha).toEqual([255, 0, 255, 0, 0, 0, 255, 0, 255]);
  });

  test("the maximum skips what is not finite", () => {
    expect(maximumOf([Number.NaN, 1, 3, 2])).toEqual({ index: 2, value: 3 });
    expect(maximumOf([Number.NaN])).toBeNull();
    expect(maximumLevel([255, 4, 9])).toEqual({ index: 2, value: 9 });
  });

  test("small pictures are drawn in whole multiples of their cells, large ones fit", () => {
    expect(fitSize(26, 26, 80)).toEqual([78, 78]);
    expect(fitSize(224, 112, 80)).toEqual([40, 80]);
    expect(fitSize(1, 300, 100)).toEqual([100, 4]);
  });
});

describe("scales", () => {
  test("a scale maps and inverts", () => {
    const scale = linear([0, 10], [100, 200]);
    expect(scale(5)).toBe(150);
    expect(scale.invert(150)).toBe(5);
    expect(linear([3, 3], [0, 9])(3)).toBe(0);
  });

  test("a sum has the decimals it needs to add up as it is written", () => {
    const format = columnFormat([1.36274, 0.00032, 1.36306], [1.36274, 0.00032, 1.36306]);
    expect([1.36274, 0.00032, 1.36306].map(format)).toEqual(["1.36274", "0.00032", "1.36306"]);
    expect([1.5, 0.25, 1.75].map(columnFormat([1.75], [1.5, 0.25, 1.75]))[2]).toBe("1.7500");
  });

  test("ticks around a range are round and hold it", () => {
    expect(ticksAround(0, 0.9993, 7)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksAround(-0.42, 0.3, 4)).toEqual([-0.6, -0.4, -0.2, 0, 0.2, 0.4]);
    expect(ticksAround(0, 1, 4)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksAround(0, 0, 4)).toEqual([0, 0]);
  });

  test("ticks are round and inside", () => {
    expect(ticks(0, 1, 4)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-0.42, 0.42, 4)).toEqual([-0.4, -0.2, 0, 0.2, 0.4]);
    expect(ticks(2, 2, 5)).toEqual([2]);
    expect(indexTicks(26, 4)).toEqual([0, 5, 10, 15, 20, 25]);
    expect(indexTicks(3, 10)).toEqual([0, 1, 2]);
    expect(indexTicks(1, 3)).toEqual([0]);
  });
});

describe("paths", () => {
  const x = linear([0, 2], [0, 20]);
  const y = linear([0, 1], [10, 0]);

  test("bars stand on the zero line and leave out what is not kept", () => {
    expect(barsPath([1, -1, Number.NaN], x, y, (value) => value >= 0)).toBe("M0.5 10h9V0h-9z");
  });

  test("a line is broken where a value is not finite", () => {
    expect(linePath([0, Number.NaN, 1, 0.5], x, y)).toBe("M0 10M20 0L30 5");
  });
});

test("a peak is marked where one stands out", () => {
  expect(peakOf([Number.NaN, -3, -1, -2])).toEqual({ index: 2, value: -1 });
  expect(peakOf([0, Number.NaN, 0, Number.NEGATIVE_INFINITY])).toBeNull();
  expect(peakOf([])).toBeNull();
});
