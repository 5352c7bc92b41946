/** What a kernel says of many samples: their pictures, verdicts, lists. */
import type { Payload, Thumbnail } from "../../src/protocol.gen";
import { type FakeAnswer, type Params, tensor } from "./answers";
import { digit, fakeScores } from "./network";

const SIDE = 28;
/** Lists are made of so many samples. */
const LOOKED = 60;
const CLASSES = "zero one two three four five six seven eight nine".split(" ");

const labelOf = (sample: number) => String(sample % 7 === 6 ? (sample + 3) % 10 : sample % 10);

function verdictOf(sample: number) {
  const scores = fakeScores(sample);
  const sorted = [...scores].sort((a, b) => b - a);
  const predicted = String(scores.indexOf(sorted[0] ?? 0));
  const margin = (sorted[0] ?? 0) - (sorted[1] ?? 0);
  return { sample, predicted, margin, correct: predicted === labelOf(sample) };
}

function thumbnails({ samples = [] }: Params): FakeAnswer {
  const domain = { low: 0, high: 1, signed: false, nans: 0, infs: 0, clipped: 0 };
  const items = samples.map(
    (sample, i): Thumbnail => ({
      sample,
      form: "picture",
      start: i * SIDE * SIDE,
      height: SIDE,
      width: SIDE,
      depth: 1,
      domain,
      text: "",
      label: labelOf(sample),
    }),
  );
  const pictures = new Uint8Array(samples.length * SIDE * SIDE);
  samples.forEach((sample, i) => {
    pictures.set(
      digit(sample).map((value) => value * 255),
      i * SIDE * SIDE,
    );
  });
  const payload: Payload = { kind: "thumbnails", items };
  return { payload, tensors: [tensor("pictures", pictures, [pictures.length])] };
}

function verdicts({ samples = [] }: Params): FakeAnswer {
  const items = samples.map(verdictOf);
  return { payload: { kind: "verdicts", generation: 0, items }, tensors: [] };
}

function listing({ by = "", label = "" }: Params): FakeAnswer {
  const all = Array.from({ length: LOOKED }, (_, sample) => verdictOf(sample));
  const kept = all.filter(({ sample, correct }) => {
    if (by === "label") return labelOf(sample) === label;
    return by === "unsure" || correct === (by === "right");
  });
  if (by === "unsure") kept.sort((a, b) => a.margin - b.margin);
  if (by === "mistakes") kept.sort((a, b) => b.margin - a.margin);
  const found = Int32Array.from(kept, ({ sample }) => sample);
  const payload: Payload = {
    kind: "listing",
    by,
    label,
    looked: LOOKED,
    total: LOOKED,
    generation: 0,
  };
  return { payload, tensors: [tensor("samples", found, [found.length])] };
}

function choices(): FakeAnswer {
  const names = Array.from({ length: 10 }, (_, i) => String(i));
  const labels = names.map((name) => ({
    name,
    count: Array.from({ length: LOOKED }, (_, i) => labelOf(i)).filter((each) => each === name)
      .length,
  }));
  const payload: Payload = {
    kind: "choices",
    num_targets: 10,
    targets_off: "",
    class_names: CLASSES,
    by_margin: true,
    by_truth: true,
    labels,
  };
  return { payload, tensors: [] };
}

function prediction({ sample = 0, target = null }: Params): FakeAnswer {
  const values = fakeScores(sample);
  const sorted = Array.from(values, (value, index) => ({ index, name: String(index), value })).sort(
    (a, b) => b.value - a.value,
  );
  const scores = sorted.slice(0, 5);
  const label = labelOf(sample);
  const input = Uint8Array.from(digit(sample), (value) => value * 255);
  const payload: Payload = {
    kind: "prediction",
    sample,
    quantity: "probability",
    scores,
    total: values.length,
    target,
    target_score: sorted.find(({ index }) => index === target) ?? null,
    label,
    correct: scores[0]?.name === label,
    input_note: "",
    input_domain: { low: 0, high: 1, signed: false, nans: 0, infs: 0, clipped: 0 },
    generation: 0,
    text: "",
  };
  return { payload, tensors: [tensor("input", input, [28, 28, 1])] };
}

export const SAMPLES = { prediction, thumbnails, verdicts, listing, choices };
