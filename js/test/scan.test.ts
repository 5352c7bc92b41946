/** How the page keeps track of the scan: started once, told how far it is, stopped, told of another one. */
import { expect, test } from "vitest";
import type { Excited, Progress, ScanFacts } from "../src/protocol.gen";
import { type Answer, RequestCancelled, RequestFailed, type Rpc } from "../src/rpc";
import { Scans } from "../src/scan/scans";
import { rowTitle, told } from "../src/scan/words";
import { speaker } from "../src/text";
import { en } from "../src/texts/en";

const NONE: ScanFacts = {
  kind: "scan",
  samples: 1200,
  scanned: 0,
  seconds: 3,
  stale: false,
  complete: true,
  stopped: "",
  every_layer: false,
  layers: 0,
  labelled: false,
  notes: [],
};

interface Asked {
  name: string;
  params: Record<string, unknown>;
  progress(progress: Partial<Progress>): void;
  answer(payload: ScanFacts): void;
  fail(error: Error): void;
}

function setUp() {
  const asked: Asked[] = [];
  const cancelled: string[] = [];
  const rpc = {
    request: (_: string, name: string, params: object, progress: (each: Progress) => void) =>
      new Promise<Answer>((resolve, reject) =>
        asked.push({
          name,
          params: { ...params },
          progress: (each) => progress(each as Progress),
          answer: (payload) => resolve({ payload, tensors: new Map() }),
          fail: reject,
        }),
      ),
    cancel: (slot: string) => cancelled.push(slot),
  } as unknown as Rpc;
  let scanned = 0;
  const scans = new Scans({ trouble: () => {} }, rpc, () => {
    scanned += 1;
  });
  return { scans, asked, cancelled, scanned: () => scanned };
}

test("a scan runs once, says how far it is, and leaves its facts", async () => {
  const { scans, asked } = setUp();
  const shares: (number | null)[] = [];
  scans.listen(() => shares.push(scans.share), new AbortController().signal);

  const running = scans.run(true);
  void scans.run();
  asked[0]?.progress({ done: 300, total: 1200 });
  asked[0]?.answer({ ...NONE, scanned: 1200 });
  await running;

  expect(asked.map(({ name, params }) => [name, params])).toEqual([
    ["run_scan", { every_layer: true }],
  ]);
  expect(shares).toEqual([0, 0.25, null]);
  expect(scans.there).toBe(true);
});

test("stopped it is asked to end, and what it has is shown; a failure is said, a cancel is none", async () => {
  const { scans, asked, cancelled } = setUp();
  let running = scans.run();
  scans.stop();
  asked[0]?.answer({ ...NONE, scanned: 640, complete: false });
  await running;
  expect(cancelled).toEqual(["run_scan"]);
  expect(told(scans.facts as ScanFacts, speaker(en))).toBe("640 of 1,200 samples scanned");

  running = scans.run();
  asked[1]?.fail(new RequestFailed("InputError", "The data are broken.", ""));
  await running;
  expect([scans.error, scans.share]).toEqual(["The data are broken.", null]);

  running = scans.run();
  asked[2]?.fail(new RequestCancelled("closed"));
  await running;
  expect(scans.error).toBe("");
});

test("another scan in Python is asked about and told of", async () => {
  const { scans, asked, scanned } = setUp();
  const changed = scans.changed();
  asked[0]?.answer({ ...NONE, scanned: 1200, stale: true });
  await changed;

  expect([scans.serial, scanned(), scans.facts?.stale]).toEqual([1, 1, true]);
});

test("before a scan it says how many samples there are and about how long it takes", () => {
  expect(told(NONE, speaker(en))).toBe("1,200 samples · ≈ 3 s");
  expect(told({ ...NONE, seconds: null }, speaker(en))).toBe("1,200 samples");
});

test("samples that are tied are not called a ranking", () => {
  const say = speaker(en);
  const row = (...values: number[]) => values.map((value) => ({ value }) as Excited);
  const unit = { top: row(3, 2, 2), typical: row(0, 1), bottom: row(0, 0, 0) };
  expect(rowTitle(unit, "top", say)).toEqual({ words: en.data_top, tie: "" });
  expect(rowTitle(unit, "typical", say)).toEqual({ words: en.data_typical, tie: "" });
  expect(rowTitle(unit, "bottom", say)).toEqual({
    words: en.data_bottom,
    tie: "tied: all 3 are 0 here",
  });
});

test("where every sample is tied there is one row", () => {
  const say = speaker(en);
  const all = Array.from({ length: 9 }, () => ({ value: -0.25 }) as Excited);
  const unit = { top: all, typical: all.slice(0, 4), bottom: all };
  expect(rowTitle(unit, "top", say)).toEqual({
    words: en.data_alike,
    tie: "tied: all 9 are −0.25 here",
  });
  expect([rowTitle(unit, "typical", say).words, rowTitle(unit, "bottom", say).words]).toEqual([
    "",
    "",
  ]);
  const alone = { top: all.slice(0, 1), typical: all.slice(0, 1), bottom: all.slice(0, 1) };
  expect(rowTitle(alone, "top", say).tie).toBe("");
});
