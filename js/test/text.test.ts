import { describe, expect, test } from "vitest";
import { speaker, type TextKey, textOf, wordOf } from "../src/text";
import { en } from "../src/texts/en";
import { zh } from "../src/texts/zh";

const gaps = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();

describe("texts", () => {
  test("each language has every sentence, with the same gaps", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(en) as TextKey[]) {
      expect(en[key], key).not.toBe("");
      expect(gaps(zh[key]), key).toEqual(gaps(en[key]));
    }
  });

  test("gaps are filled, and one without a value stays", () => {
    const say = speaker(en);
    expect(say("matches", { at: 2, count: 5 })).toBe("2 of 5");
    expect(say("matches", { at: 2 })).toBe("2 of {count}");
  });

  test("what Python names is translated where there is a text for it, else read as it is", () => {
    for (const [say, mean] of [
      [speaker(en), "mean"],
      [speaker(zh), zh.mean],
    ] as const) {
      expect([wordOf(say, "mean"), textOf(say, "mean")]).toEqual([mean, mean]);
      expect(wordOf(say, "an_unknown_name")).toBe("an unknown name");
      expect(textOf(say, "block_1/conv_2")).toBe("block_1/conv_2");
      expect(wordOf(say, "constructor")).toBe("constructor");
    }
    expect(wordOf(speaker(en), "no_match")).toBe("no match");
  });

  test("without any sentences, the keys are said", () => {
    expect(speaker({})("kernel_gone")).toBe("kernel_gone");
  });
});
