/** Inputs a person makes: numbers that are typed, and what is sent when. */
import { describe, expect, test } from "vitest";
import { parseNumbers, typed } from "../src/own/parse";
import { type Made, Sender } from "../src/own/sender";

describe("typed numbers", () => {
  const three = { count: 3, whole: false };

  test.each(["1 2.5 -3e-1", "1, 2.5, −0.3", "[1; 2.5;\n-.3]"])("%j is read", (text) => {
    const parsed = parseNumbers(text, three);
    expect(parsed).toEqual({ numbers: Float32Array.from([1, 2.5, -0.3]) });
  });

  test.each([
    ["1 2 x", three, "own_not_a_number", { word: "x" }],
    ["1 2 0x10", three, "own_not_a_number", { word: "0x10" }],
    ["1 2 1e99", three, "own_not_a_number", { word: "1e99" }],
    ["1 2 NaN", three, "own_not_a_number", { word: "NaN" }],
    ["1 2.5 3", { count: 3, whole: true }, "own_not_whole", { word: "2.5" }],
    ["1 2", three, "own_count", { found: 2, wanted: 3 }],
    ["", { count: null, whole: false }, "own_no_numbers", { found: 0, wanted: 1 }],
  ])("%j is refused", (text, wanted, key, values) => {
    expect(parseNumbers(text, wanted)).toEqual({ problem: { key, values } });
  });

  test("any count is taken where the model takes any", () => {
    const parsed = parseNumbers("4 5", { count: null, whole: true });
    expect(parsed).toEqual({ numbers: Float32Array.from([4, 5]) });
  });

  test.each([0.1, 1 / 3, -2.5, 1e-7, 123456.789, 16777216, 0])("%d is typed as itself", (value) => {
    expect(Math.fround(Number(typed(value)))).toBe(Math.fround(value));
  });
});

describe("sending", () => {
  /** A kernel that answers when told to. */
  function slow() {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const sender = new Sender(({ note }) => {
      asked.push(note);
      return new Promise((resolve) => answers.push(resolve));
    });
    const answer = async () => {
      answers.shift()?.();
      await new Promise((resolve) => setTimeout(resolve));
    };
    const send = (input: string, note: string) =>
      sender.send({ input, note, maker: "draw", done: () => {} } satisfies Made);
    return { sender, asked, answer, send };
  }

  test("one is on its way, and of the others only the newest follows", async () => {
    const { asked, answer, send } = slow();
    for (const note of ["1", "2", "3", "4"]) send("a", note);
    expect(asked).toEqual(["1"]);
    await answer();
    expect(asked).toEqual(["1", "4"]);
    await answer();
    expect(asked).toEqual(["1", "4"]);
    send("a", "5");
    expect(asked).toEqual(["1", "4", "5"]);
  });

  test("the newest of every input is sent, one after the other", async () => {
    const { asked, answer, send } = slow();
    send("a", "a1");
    send("a", "a2");
    send("b", "b1");
    send("b", "b2");
    await answer();
    await answer();
    expect(asked).toEqual(["a1", "a2", "b2"]);
  });

  test("what waits is dropped when it is not wanted any more", async () => {
    const { sender, asked, answer, send } = slow();
    send("a", "1");
    send("a", "2");
    sender.stop();
    await answer();
    expect(asked).toEqual(["1"]);
  });
});
