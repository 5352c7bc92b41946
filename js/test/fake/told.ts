/** A text about a sample, with a number of a unit in it. */
import type { FakeAnswer } from "./answers";

export function told(sample: number): FakeAnswer {
  const none = { call: "", layer: "", unit: 0, method: "" };
  const pieces = [
    { ...none, text: "Sample " },
    { ...none, text: String(sample), call: "w.sample" },
    { ...none, text: ": unit " },
    { ...none, text: "3", call: "kv.without(…)", layer: "conv2d", unit: 3 },
    { ...none, text: " by " },
    { ...none, text: "saliency", call: "kv.attribute(…)", method: "saliency" },
    { ...none, text: "." },
  ];
  const payload = {
    kind: "told",
    sample,
    pieces,
    notes: [],
    changed: false,
    code: "kv.narrate",
  } as const;
  return { payload: { ...payload, pieces, notes: [] }, tensors: [] };
}
