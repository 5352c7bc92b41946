import { describe, expect, test } from "vitest";
import { SEQUENTIAL, tableFor } from "../src/draw/colormap";
import type { MethodChoice } from "../src/protocol.gen";
import { same } from "../src/store";
import { speaker } from "../src/text";
import { en } from "../src/texts/en";
import { greyed, heatOver, inkOn, opacityOf, outlinePath, threshold } from "../src/why/blend";
import { optionsFor } from "../src/why/catalogue";
import { menuOptions } from "../src/why/menu";
import { formatSeconds, methodName, secondsOf } from "../src/why/names";
import { rounds } from "../src/why/options";
import { visible } from "../src/why/tokens";

const SIGNED = { low: -2, high: 2 };
const table = tableFor(true, false, "viridis");

describe("a heat map over its input", () => {
  test("half-way, nothing is transparent and the strongest is opaque, whatever its sign", () => {
    expect(opacityOf(0, SIGNED, 0.5)).toBe(0);
    expect(opacityOf(2, SIGNED, 0.5)).toBe(1);
    expect(opacityOf(-2, SIGNED, 0.5)).toBe(1);
    expect(opacityOf(0.5, SIGNED, 0.5)).toBe(0.5);
  });

  test("at the ends there is the input alone, and the heat map alone", () => {
    expect(opacityOf(2, SIGNED, 0)).toBe(0);
    expect(opacityOf(0, SIGNED, 1)).toBe(1);
    expect(opacityOf(3, { low: 3, high: 3 }, 0.5)).toBe(0);
  });

  test("positive and negative have the colours of the scale, and what is not finite its mark", () => {
    const rgba = heatOver([2, -2, Number.NaN], SIGNED, table, 1);
    const [red = 0, , blue = 0] = rgba;
    expect(blue).toBeGreaterThan(red);
    expect(rgba[4] ?? 0).toBeGreaterThan(rgba[6] ?? 0);
    expect([...rgba.subarray(8, 12)]).toEqual([255, 0, 200, 255]);
  });

  test("the input under it is grey, of one channel or three", () => {
    expect([...greyed([200], 1, false)]).toEqual([60, 60, 60, 255]);
    expect([...greyed([200], 1, true)]).toEqual([230, 230, 230, 255]);
    const colour = greyed([255, 0, 0], 3, false);
    expect(colour[0]).toBe(colour[2]);
  });

  test("the strongest cells stand out on a black input and on a white one, in every scale", () => {
    const contrast = (a: ArrayLike<number>, b: ArrayLike<number>) => {
      const [dark = 0, bright = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
      return (bright + 0.05) / (dark + 0.05);
    };
    const tables = [
      ...[false, true].map((dark) => tableFor(true, dark, "viridis")),
      ...SEQUENTIAL.map((name) => tableFor(false, false, name)),
    ];
    for (const each of tables) {
      const range = each.name.startsWith("diverging") ? SIGNED : { low: 0, high: 2 };
      const light = inkOn(2, range, each) === "#fff";
      for (const strongest of [2, range.low || 2]) {
        const [black, white] = [0, 255].map((byte) => greyed([byte], 1, light));
        const cell = heatOver([strongest], range, each, 0.5);
        expect(cell[3]).toBe(255);
        expect(contrast(cell, black ?? []), each.name).toBeGreaterThan(3);
        expect(contrast(cell, white ?? []), each.name).toBeGreaterThan(3);
      }
    }
  });

  test("words are written in what can be read on their colour", () => {
    expect(inkOn(0, SIGNED, table)).toBe("#000");
    expect(inkOn(2, SIGNED, table)).toBe("#fff");
  });
});

function luminance(rgb: ArrayLike<number>): number {
  const [red = 0, green = 0, blue = 0] = Array.from(rgb, (byte) =>
    byte <= 10 ? byte / 3294.6 : ((byte / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("tokens that nobody would see are drawn by a sign", () => {
  expect(["the", " cat", " ", "\n\t", "\u00a0", ""].map(visible)).toEqual([
    "the",
    " cat",
    "␣",
    "⏎⇥",
    "␣",
    "∅",
  ]);
});

describe("the outline", () => {
  test("goes around the strongest tenth", () => {
    const values = [-9, 5, ...Array<number>(18).fill(1)];
    expect(threshold(values)).toBe(5);
    expect(threshold([0, 0])).toBeNull();
  });

  test("has no line between two cells inside", () => {
    expect(outlinePath([1, 1, 0, 0], 2, 1)).toBe("M0 0h1M0 1h1M0 0v1M1 0h1M1 1h1M2 0v1");
  });
});

describe("the menu", () => {
  const say = speaker(en);
  const method = (name: string, family: string, refused = ""): MethodChoice => ({
    name,
    family,
    refused,
    seconds: refused ? null : 12.4,
    needs_layer: false,
    takes_layer: true,
    default_layer: "",
    options: [],
    words: { shows: "", paper: "", link: "", trust: "" },
  });

  test("is grouped by family, with times, and says what does not fit", () => {
    const methods = [
      method("rise", "perturbation"),
      method("saliency", "gradients"),
      method("lrp", "relevance", "No."),
    ];
    const [none, ...others] = menuOptions(methods, "", say);
    expect(none?.value).toBe("");
    expect(others.map(({ text, group, detail }) => [text, group, detail])).toEqual([
      ["Saliency", "Gradients", "≈ 12 s"],
      ["RISE", "Perturbation", "≈ 12 s"],
      ["LRP", "Relevance", "does not fit"],
    ]);
    expect(others[2]?.off).toBe("No.");
  });

  test("names the method that is chosen before the others are known", () => {
    expect(menuOptions([], "grad-cam-plus-plus", say)[1]?.text).toBe("Grad-CAM++");
    expect(methodName("of-another-package")).toBe("Of another package");
  });

  test("the estimate grows with the samples, and is none where it would be a guess", () => {
    const option = { label: "", form: "whole" as const, low: 1, high: null, choices: [] };
    const options = [{ ...option, name: "num_samples", value: 25 }];
    const smoothgrad = { ...method("smoothgrad", "gradients"), options };
    expect(secondsOf(smoothgrad, {})).toBe(12.4);
    expect(secondsOf(smoothgrad, { num_samples: 50, noise: 1 })).toBe(24.8);
    expect(secondsOf(smoothgrad, { groups: 3 })).toBeNull();
  });

  test("in a comparison methods share the options that mean the same for all", () => {
    const has = (...names: string[]) =>
      names.map((name) => ({
        name,
        label: "",
        form: "choice" as const,
        value: null,
        low: null,
        high: null,
        choices: [],
      }));
    const methods = [
      { ...method("deep-lift", "relevance"), options: has("baseline") },
      method("saliency", "gradients"),
    ];
    const options = { baseline: "blur", num_steps: 9, layer: "conv" };
    const state = { method: "integrated-gradients", options };
    expect(optionsFor("integrated-gradients", state, methods)).toEqual(options);
    expect(optionsFor("deep-lift", state, methods)).toEqual({ baseline: "blur", layer: "conv" });
    expect(optionsFor("saliency", state, methods)).toEqual({ layer: "conv" });
  });

  test("times are short", () => {
    expect([0.01, 0.44, 12.3, 240].map(formatSeconds)).toEqual([
      "< 0.1 s",
      "0.4 s",
      "12 s",
      "4 min",
    ]);
  });
});

test("sliders stop at round numbers, the ends and the usual value", () => {
  expect(rounds(1, 100, true, 25)).toEqual([1, 2, 5, 10, 20, 25, 50, 100]);
  expect(rounds(0.01, 0.99, false, 0.5)).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.99]);
  expect(rounds(0, 10, false, 0.15)).toContain(0.15);
});

test("options are equal by what is in them", () => {
  expect(same({ num_steps: 9 }, { num_steps: 9 })).toBe(true);
  expect(same({ num_steps: 9 }, {})).toBe(false);
});
