/** A request that met a running cell is sent again until there is word of it. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { again } from "../src/again";
import { Rpc } from "../src/rpc";
import { Far } from "./fake/far";

let far: Far;
let alive: boolean;
let controller: AbortController;
let rpc: Rpc;

beforeEach(() => {
  vi.useFakeTimers();
  far = new Far();
  alive = true;
  controller = new AbortController();
  rpc = new Rpc(
    again(far.wire, () => alive),
    controller.signal,
  );
});

afterEach(() => {
  vi.useRealTimers();
});

test("without a word it goes again, a few times, as it was", () => {
  void rpc.request("unit", "unit", { unit: 3 });
  vi.advanceTimersByTime(900);
  expect(far.requests).toHaveLength(1);
  vi.advanceTimersByTime(60_000);
  expect(far.requests).toHaveLength(5);
  expect(new Set(far.requests.map(({ id }) => id)).size).toBe(1);
  expect(far.requests[4]).toEqual(far.requests[0]);
});

test("whoever has been heard of is not asked again, also within a batch", async () => {
  const [one, two] = [rpc.request("unit", "unit", {}), rpc.request("layer", "layer", {})];
  const { id } = far.request(1);
  far.say(0, { kind: "progress", done: 1, total: 3, text: "" });
  far.hear({ kind: "batch", messages: [{ v: far.request(1).v, id, kind: "cancelled" }] });
  await expect(two).rejects.toThrow("cancelled");
  vi.advanceTimersByTime(60_000);
  expect(far.requests).toHaveLength(2);
  far.done(0);
  await one;
});

test("nothing is sent to a kernel that is gone, or by a view that is closed", () => {
  rpc.request("unit", "unit", {}).catch(() => {});
  alive = false;
  vi.advanceTimersByTime(60_000);
  expect(far.requests).toHaveLength(1);

  alive = true;
  rpc.request("layer", "layer", {}).catch(() => {});
  controller.abort();
  vi.advanceTimersByTime(60_000);
  expect(far.requests).toHaveLength(2);
});
