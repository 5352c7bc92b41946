/** Every message that Python wrote down is read here: the contract needs no browser. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROTOCOL, type Result } from "../src/protocol.gen";
import { decodeTensors, type Tensor } from "../src/tensor";
import { viewOf } from "../src/views";

const GOLDEN = join(import.meta.dirname, "..", "..", "tests", "wire", "golden");
const names = existsSync(GOLDEN)
  ? readdirSync(GOLDEN).filter((name) => name.endsWith(".json") && name !== "expected.json")
  : [];

describe.skipIf(names.length === 0)("golden messages", () => {
  test.each(names)("%s is understood", (name) => {
    const message = read(name);
    expect(message.v).toBe(PROTOCOL);
    if (!["partial", "result"].includes(message.kind)) return;
    const { payload, tensors } = message as Result;
    if (!NO_PANEL.includes(payload.kind)) expect(viewOf(payload.kind)?.kind).toBe(payload.kind);
    const decoded = decodeTensors(tensors, cut(name.replace(".json", ".bin"), tensors));
    const expected = read("expected.json")[name.replace(".json", "")];
    expect([...decoded.keys()]).toEqual(Object.keys(expected));
    for (const [key, tensor] of decoded) expect(facts(tensor)).toEqual(expected[key]);
  });
});

/** What no panel draws. */
const NO_PANEL = [
  "projected_sample",
  "done",
  "choices",
  "listing",
  "thumbnails",
  "verdicts",
  "methods",
  "scan",
  "marks",
];

const read = (name: string) => JSON.parse(readFileSync(join(GOLDEN, name), "utf8"));

/** The same facts of a tensor that Python wrote down. */
function facts({ header, shape, values }: Tensor) {
  const finite = Array.from(values).filter(Number.isFinite);
  const places = new Set([0, 1, values.length >> 1, values.length - 1]);
  const value = (i: number) => (Number.isFinite(values[i]) ? values[i] : null);
  const inside = [...places].filter((i) => i >= 0 && i < values.length).sort((a, b) => a - b);
  return {
    dtype: header.dtype,
    shape,
    sum_of_finite: finite.reduce((sum, each) => sum + each, 0),
    at: Object.fromEntries(inside.map((i) => [String(i), value(i)])),
  };
}

/** One file holds the buffers one after the other: views into it, as some hosts hand them over. */
function cut(name: string, tensors: Result["tensors"]): DataView[] {
  const path = join(GOLDEN, name);
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  let start = 0;
  return tensors.map(({ dtype, shape }) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const length = count * (dtype === "uint8" ? 1 : 4);
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, length);
    start += length;
    return view;
  });
}
