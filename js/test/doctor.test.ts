/** What a finding opens, and what is told of a report in a line. */
import { expect, test } from "vitest";
import { patchOf } from "../src/doctor/prove";
import type { Findings, FoundFault, Proof } from "../src/protocol.gen";
import { speaker } from "../src/text";
import { doctorZh } from "../src/texts/doctor";
import { en } from "../src/texts/en";
import { toldOf } from "../src/views/findings";

const PROOF: Proof = {
  layer: "conv",
  unit: 3,
  sample: 0,
  target: 0,
  samples: [],
  panel: "unit",
};

function report(...severities: FoundFault["severity"][]): Findings {
  const findings = severities.map((severity) => ({
    severity,
    rule: "a-rule",
    layers: ["conv"],
    message: "It is so.",
    why: "It matters.",
    advice: "Change it.",
    evidence: [],
    proof: PROOF,
  }));
  const rest = { there: true, stale: false, note: "", skipped: [] };
  return { kind: "findings", findings, rules: 27, samples: 1200, ...rest };
}

test("a finding chooses the layer, unit, sample and target it names, also where they are 0", () => {
  expect(patchOf(PROOF)).toEqual({ layer: "conv", unit: 3, place: null, sample: 0, target: 0 });
});

test("what a finding does not name stays as it is", () => {
  const none = { ...PROOF, layer: "", unit: null, sample: null, target: null };
  expect(patchOf(none)).toEqual({});
  expect(patchOf({ ...none, layer: "dense" })).toEqual({ layer: "dense", unit: 0, place: null });
});

test("a report is told in a line: how many of what, by how many rules and samples", () => {
  const say = speaker(en);
  expect(toldOf(report(), say)).toBe("Nothing found. 27 rules, 1,200 samples");
  expect(toldOf(report("error", "warning", "warning"), say)).toBe(
    "1 error, 2 warnings · 27 rules, 1,200 samples",
  );
  expect(toldOf(report("info", "info"), speaker(doctorZh))).toBe(
    "2 条备注 · 27 条规则，1,200 个样本",
  );
});
