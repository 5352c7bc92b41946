/** What a filter is called, and which points lie within a line that was drawn. */
import { describe, expect, test } from "vitest";
import { filterText, hintText } from "../src/data/look";
import { inside } from "../src/figures/scatter";
import { speaker } from "../src/text";
import { en } from "../src/texts/en";

const say = speaker(en);
const same = (value: number) => value;

describe("a filter says what it leaves", () => {
  test("cells by both classes", () => {
    const filter = { by: "cells", samples: [1, 2], names: [["3", "5"]] } as const;
    const text = filterText({ ...filter, samples: [1, 2], names: [["3", "5"]] }, say);
    expect(text).toBe("label 3 → predicted 5 (2 samples)");
  });

  test("orders by their name, and the class they are of", () => {
    const one = { by: "order", samples: [4], name: "unsure" } as const;
    expect(filterText({ ...one, samples: [4] }, say)).toBe("Least sure (1 samples)");
    const text = filterText({ ...one, samples: [4], names: [["owl"]] }, say);
    expect(text).toBe("Least sure, predicted owl (1 samples)");
  });

  test("points and Python", () => {
    expect(filterText({ by: "points", samples: [1, 2] }, say)).toBe(
      "points of the map (2 samples)",
    );
    expect(filterText({ by: "python", samples: [1, 2] }, say)).toBe("chosen in Python (2 samples)");
  });
});

test("a scan promises to find what is wrong only where there are labels", () => {
  const colours = (lacks: string) => [{ name: "label", lacks }];
  expect(hintText(colours(""), say)).toBe(say("all_hint"));
  expect(hintText(colours("labels"), say)).toBe(say("all_hint_unlabelled"));
});

describe("a line that was drawn", () => {
  const points = [1, 1, 5, 5, 9, 1, 5, 1];

  test("holds what lies within", () => {
    const square = [
      [0, 0],
      [6, 0],
      [6, 6],
      [0, 6],
    ] as const;
    expect(inside(points, same, same, square)).toEqual([0, 1, 3]);
  });

  test("leaves out what lies in its hollow", () => {
    const hollow = [
      [0, 0],
      [4, 0],
      [4, 4],
      [6, 4],
      [6, 0],
      [10, 0],
      [10, 10],
      [0, 10],
    ] as const;
    expect(inside(points, same, same, hollow)).toEqual([0, 1, 2]);
    expect(inside(points, same, same, [])).toEqual([]);
  });
});
