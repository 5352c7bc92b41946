/** A page without a kernel: which saved answer belongs to a question, and what is said where there is none. */
import { expect, test } from "vitest";
import { Answers, Failed, NotSaved, type Saving } from "../src/page/answers";
import { SavedModel } from "../src/page/kernel";
import type { Params } from "../src/page/looks";
import { type PageTexts, pageEn, pageZh } from "../src/texts/page";

type Entry = [string, Params, Record<string, unknown>, number[]?];

/** Answers of one buffer each, which holds the bytes that are given. */
function saving(entries: Entry[]): { saved: Saving; bytes: Uint8Array } {
  const saved: Saving = { asked: [], answers: [], sizes: [] };
  const bytes: number[] = [];
  for (const [name, params, payload, buffer = []] of entries) {
    saved.asked.push([name, params, saved.answers.length]);
    const header = { name: "values", dtype: "uint8", shape: [buffer.length], scale: null };
    const tensors = [{ ...header, offset: null }] as never;
    saved.answers.push({ payload: payload as never, tensors, buffers: [saved.sizes.length] });
    saved.sizes.push(buffer.length);
    bytes.push(...buffer);
  }
  return { saved, bytes: Uint8Array.from(bytes) };
}

function answersOf(entries: Entry[]): Answers {
  const { saved, bytes } = saving(entries);
  return new Answers(saved, bytes, () => "not here");
}

const choice = (name: string, values: string[], chosen = 0) => ({
  name,
  form: "choice",
  chosen,
  count: values.length,
  values,
});

/** Answers of one layer, each drawn in its own way: what was chosen is its only byte. */
function layer(ways: Params[], more: object[] = []): Entry[] {
  const controls = [
    ...more,
    choice("order", ["index", "maximum"]),
    choice("scale", ["this", "each"]),
  ];
  const head = { aspects: ["output", "weights"], controls };
  return ways.map((options, i) => [
    "layer",
    { sample: 0, layer: "conv", start: 0, count: 4096, target: null, options },
    { kind: "feature_maps", head: "aspect" in options ? { ...head, controls: [] } : head },
    [i],
  ]);
}

const ask = (options: Params) => ({ sample: 0, layer: "conv", start: 0, count: 64, options });
const byte = ({ buffers }: { buffers: Uint8Array[] }) => buffers[0]?.[0];

test("parameters that change nothing do not matter, others do", () => {
  const answers = answersOf([
    ["calculation", { sample: 3, layer: "a", unit: 1, place: null }, { kind: "calculation" }, [7]],
  ]);
  const asked = { layer: "a", unit: 1, sample: 3, place: null, stage: "" };

  expect(byte(answers.find("calculation", asked))).toBe(7);
  expect(() => answers.find("calculation", { ...asked, place: [1, 2] })).toThrow(NotSaved);
  expect(() => answers.find("calculation", { ...asked, stage: "gate" })).toThrow(NotSaved);
});

test("a layer is shown as it was chosen, as far as its picture offers that", () => {
  const answers = answersOf(
    layer([{}, { order: "maximum" }, { scale: "each" }, { aspect: "weights" }]),
  );

  expect(byte(answers.find("layer", ask({ unit: 5 })))).toBe(0);
  expect(byte(answers.find("layer", ask({ unit: 5, order: "maximum" })))).toBe(1);
  expect(byte(answers.find("layer", ask({ order: "index", gate: "input" })))).toBe(0);
  expect(byte(answers.find("layer", ask({ aspect: "weights", order: "maximum" })))).toBe(3);
  expect(byte(answers.find("layer", ask({ aspect: "gates" })))).toBe(0);
});

test("of two choices that were not saved together the newer one counts", () => {
  const answers = answersOf(layer([{}, { order: "maximum" }, { scale: "each" }]));

  answers.find("layer", ask({ order: "maximum" }));
  expect(byte(answers.find("layer", ask({ order: "maximum", scale: "each" })))).toBe(2);

  answers.find("layer", ask({ scale: "each" }));
  expect(byte(answers.find("layer", ask({ order: "maximum", scale: "each" })))).toBe(1);
});

test("a unit is the same however its layer is drawn, but not where it shows other numbers", () => {
  const shown = choice("show", ["activations", "gradients"]);
  const unit: Entry = ["unit", { sample: 0, layer: "conv", unit: 2 }, { kind: "unit" }, [9]];
  const answers = answersOf([...layer([{}, { scale: "each" }], [shown]), unit]);
  const asked = { sample: 0, layer: "conv", unit: 2, target: null };

  expect(byte(answers.find("unit", { ...asked, options: { scale: "each", unit: 2 } }))).toBe(9);
  expect(() => answers.find("unit", { ...asked, options: { show: "gradients" } })).toThrow(
    NotSaved,
  );
});

test("an attribution belongs to the layer on the screen only where it is about it", () => {
  const methods = [
    { name: "cam", needs_layer: true },
    { name: "saliency", needs_layer: false },
  ];
  const of = (method: string): Entry => [
    "attribution",
    { sample: 0, method, layer: "a", options: {}, language: "en" },
    { kind: "attribution", method },
  ];
  const choices = methods.map((each) => ({ ...each, refused: "" }));
  const answers = answersOf([
    [
      "methods",
      { language: "en" },
      { kind: "methods", methods: [...choices, { name: "rise", refused: "" }] },
    ],
    of("cam"),
    of("saliency"),
  ]);
  const asked = { sample: 0, target: null, options: {}, channels: "sum", index: [], share: 0 };

  expect(answers.find("attribution", { ...asked, method: "saliency", layer: "b" })).toBeTruthy();
  expect(answers.find("attribution", { ...asked, method: "cam", layer: "a" })).toBeTruthy();
  expect(() => answers.find("attribution", { ...asked, method: "cam", layer: "b" })).toThrow(
    NotSaved,
  );
  const { payload } = answers.find("methods", { sample: 4, layer: "b", measure: true });
  const said = (payload as never as { methods: { refused: string }[] }).methods;
  expect(said.map(({ refused }) => refused)).toEqual(["", "", "not here"]);
});

test("small pictures are put together, and a sample that is not there has none", () => {
  const small = (sample: number, bytes: number[]): Entry => [
    "thumbnails",
    { samples: [sample] },
    { kind: "thumbnails", items: [{ sample, form: "picture", start: 0, width: bytes.length }] },
    bytes,
  ];
  const answers = answersOf([small(3, [1, 2]), small(5, [3, 4, 5])]);

  const { payload, tensors, buffers } = answers.find("thumbnails", { samples: [5, 9, 3] });

  const { items } = payload as never as {
    items: { sample: number; start: number; form: string }[];
  };
  expect(items.map(({ sample, start, form }) => [sample, start, form])).toEqual([
    [5, 0, "picture"],
    [9, 0, "none"],
    [3, 3, "picture"],
  ]);
  expect([...(buffers[0] ?? [])]).toEqual([3, 4, 5, 1, 2]);
  expect(tensors[0]?.shape).toEqual([5]);
});

const tell = (key: keyof PageTexts, values: Record<string, string | number> = {}) =>
  pageEn[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));

/** A model over one prediction, and what it answers. */
function model() {
  const { saved, bytes } = saving([["prediction", { sample: 1 }, { kind: "prediction" }]]);
  saved.asked.push(["feeds", { sample: 1, layer: "a", unit: 0 }, 1]);
  const failure = {
    v: 1,
    id: "",
    kind: "failure",
    error: "InputError",
    message: "why",
    detail: "",
  };
  saved.answers.push({ failure: failure as never, tensors: [], buffers: [] });
  const made = new SavedModel({ sample: 1 }, new Answers(saved, bytes, () => ""), [0, 1, 2], tell);
  const got: Record<string, unknown>[] = [];
  made.on("msg:custom", (message) => got.push(message as Record<string, unknown>));
  const send = async (name: string, params: Params) => {
    made.send({ v: 1, id: name, kind: "request", slot: name, name, params, tensors: [] });
    await new Promise((done) => setTimeout(done));
    return got.at(-1);
  };
  return { made, send };
}

test("every request is answered: as it was saved, as it failed then, or that it needs a kernel", async () => {
  const { send } = model();

  expect(await send("prediction", { sample: 1 })).toMatchObject({
    id: "prediction",
    kind: "result",
  });
  const failed = await send("feeds", { sample: 1, layer: "a", unit: 0 });
  expect(failed).toMatchObject({
    id: "feeds",
    kind: "failure",
    error: "InputError",
    message: "why",
  });
  expect(await send("prediction", { sample: 2 })).toMatchObject({ error: "NeedsKernel" });
  expect(await send("own_input", {})).toMatchObject({ message: pageEn.page_input });
  expect(new Failed({ message: "why" } as never).message).toBe("why");
});

test("what is chosen changes the traits; a sample that is not there does not", async () => {
  const { made, send } = model();
  made.set("place", [1, 2]);

  expect(await send("set", { sample: 2, layer: "a", unit: 3 })).toMatchObject({ kind: "result" });
  expect(["sample", "layer", "unit", "place"].map((name) => made.get(name))).toEqual([
    2,
    "a",
    3,
    null,
  ]);

  const refused = await send("set", { sample: 9 });
  expect(refused).toMatchObject({ kind: "failure", message: expect.stringContaining("0 – 2") });
  expect(made.get("sample")).toBe(2);
});

test("both languages have the same gaps", () => {
  const gaps = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(pageEn) as (keyof PageTexts)[])
    expect(gaps(pageZh[key]), key).toEqual(gaps(pageEn[key]));
});
