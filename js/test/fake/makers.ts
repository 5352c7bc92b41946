/** What a person can make: a picture to draw and three numbers to type. */
import type { Payload } from "../../src/protocol.gen";
import { type FakeAnswer, tensor } from "./answers";
import { digit } from "./network";

export function makers(sample: number): FakeAnswer {
  const common = { low: 0, high: 1, range_from: "samples", whole: false, text: "" } as const;
  const computed = ["noise", "constant", "gradient"] as const;
  const pad = {
    ...common,
    name: "picture",
    shape: [28, 28, 1],
    height: 28,
    width: 28,
    channels: 1,
  };
  const facts = { ...common, name: "facts", shape: [3], height: 0, width: 0, channels: 0 };
  const none = { vocabulary: null, variable: false };
  const payload: Payload = {
    kind: "makers",
    sample,
    inputs: [
      { ...pad, ...none, makers: ["draw", "upload", ...computed], names: [] },
      { ...facts, ...none, makers: ["numbers", "noise"], names: ["width", "height", "depth"] },
    ],
  };
  const three = (name: string, values: number[]) => tensor(name, Float32Array.from(values), [3]);
  const tensors = [
    tensor("values0", Float32Array.from(digit(sample)), [28, 28, 1]),
    three("values1", [0.25, 0.5, 0.75]),
    three("lows1", [0, 0, 0]),
    three("highs1", [1, 1, 1]),
  ];
  return { payload, tensors };
}
