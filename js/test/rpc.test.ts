import { beforeEach, describe, expect, test } from "vitest";
import { PROTOCOL } from "../src/protocol.gen";
import {
  KernelGone,
  ProtocolMismatch,
  RequestCancelled,
  RequestFailed,
  Rpc,
  uniqueId,
} from "../src/rpc";
import { encodeTensor } from "../src/tensor";
import { Far } from "./fake/far";

let far: Far;
let controller: AbortController;
let rpc: Rpc;

beforeEach(() => {
  far = new Far();
  controller = new AbortController();
  rpc = new Rpc(far.wire, controller.signal);
});

describe("answers", () => {
  test("a result settles its request, with its tensors", async () => {
    const answer = rpc.request("unit", "unit", { unit: 3 });
    expect(far.request(0)).toMatchObject({ v: PROTOCOL, name: "unit", params: { unit: 3 } });
    const tensors = [{ name: "values", dtype: "float32", shape: [1], scale: null, offset: null }];
    const result = { kind: "result", payload: { kind: "done" }, tensors };
    far.say(0, result, [new Float32Array([0.5])]);
    expect((await answer).tensors.get("values")?.values[0]).toBe(0.5);
    expect(rpc.heard).toBe(true);
  });

  test("tensors go along with a request, in buffers of their own", async () => {
    const numbers = new Float32Array([0, 0.5, 1]).subarray(1);
    const answer = rpc.request("own", "own_input", {}, undefined, [
      encodeTensor("values", numbers, [2, 1]),
    ]);
    numbers[0] = 9;
    expect(far.request(0).tensors).toEqual([
      { name: "values", dtype: "float32", shape: [2, 1], scale: null, offset: null },
    ]);
    expect(far.buffers.map((buffer) => [...new Float32Array(buffer)])).toEqual([[0.5, 1]]);
    far.done(0);
    await answer;
  });

  test("a failure keeps Python's words and its traceback", async () => {
    const answer = rpc.request("unit", "unit", {});
    far.say(0, { kind: "failure", error: "InputError", message: "no such unit", detail: "File …" });
    await expect(answer).rejects.toThrow(RequestFailed);
    await expect(answer).rejects.toMatchObject({ message: "no such unit", detail: "File …" });
  });

  test("progress is passed on and settles nothing", async () => {
    const seen: number[] = [];
    const answer = rpc.request("unit", "unit", {}, ({ done }) => seen.push(done));
    far.say(0, { kind: "progress", done: 1, total: 3, text: "" });
    far.say(0, { kind: "progress", done: 2, total: 3, text: "" });
    far.done(0);
    await answer;
    expect(seen).toEqual([1, 2]);
  });

  test("what is there so far is passed on and settles nothing", async () => {
    const seen: unknown[] = [];
    const part = (value: number) => {
      const header = { name: "values", dtype: "uint8", shape: [1], scale: null, offset: null };
      const message = { kind: "partial", payload: { kind: "done" }, tensors: [header] };
      far.say(0, message, [new Uint8Array([value])]);
    };
    const answer = rpc.request("why", "attribution", {}, undefined, [], ({ tensors }) =>
      seen.push(tensors.get("values")?.values[0]),
    );
    const next = rpc.request("why", "attribution", { sample: 1 });
    part(3);
    part(4);
    expect(far.requests).toHaveLength(1);
    far.done(0);
    await answer;
    part(5);
    expect(seen).toEqual([3, 4]);
    far.say(1, { kind: "partial", payload: { kind: "done" }, tensors: [] });
    far.say(1, { kind: "cancelled" });
    await expect(next).rejects.toThrow(RequestCancelled);
  });

  test("an answer that cannot be decoded is a failure, not a hang", async () => {
    const answer = rpc.request("unit", "unit", {});
    far.say(0, {
      kind: "result",
      payload: { kind: "done" },
      tensors: [{ name: "x", dtype: "float32", shape: [2] }],
    });
    await expect(answer).rejects.toThrow("buffers came");
  });

  test("messages of other views and other things are none of ours", async () => {
    const answer = rpc.request("unit", "unit", {});
    const other = new Rpc(far.wire, controller.signal);
    void other.request("unit", "unit", {}).catch(() => {});
    far.done(1);
    far.say(0, { kind: "weather" });
    expect(rpc.heard).toBe(false);
    far.done(0);
    await answer;
    expect(far.request(0).slot).not.toBe(far.request(1).slot);
  });
});

describe("slots", () => {
  test("one request per slot is on its way; the newest replaces the waiting one", async () => {
    const first = rpc.request("layer", "layer", { sample: 1 });
    const second = rpc.request("layer", "layer", { sample: 2 });
    const third = rpc.request("layer", "layer", { sample: 3 });
    expect(far.requests).toHaveLength(1);
    await expect(second).rejects.toThrow(RequestCancelled);
    far.done(0);
    await first;
    expect(far.request(1).params).toEqual({ sample: 3 });
    far.done(1);
    await third;
    expect(far.requests).toHaveLength(2);
  });

  test("different slots do not wait for each other", () => {
    void rpc.request("layer", "layer", {}).catch(() => {});
    void rpc.request("unit", "unit", {}).catch(() => {});
    expect(far.requests).toHaveLength(2);
  });

  test("the waiting request goes out after a failure, too", async () => {
    const first = rpc.request("layer", "layer", {});
    const second = rpc.request("layer", "layer", {});
    far.say(0, { kind: "failure", error: "E", message: "m", detail: "" });
    await expect(first).rejects.toThrow("m");
    far.done(1);
    await expect(second).resolves.toBeDefined();
  });

  test("cancelling drops the waiting request and tells Python of the running one", async () => {
    const first = rpc.request("layer", "layer", {});
    const second = rpc.request("layer", "layer", {});
    rpc.cancel("layer");
    await expect(second).rejects.toThrow(RequestCancelled);
    expect(far.sent.at(-1)).toMatchObject({ kind: "cancel", id: far.request(0).id });
    far.say(0, { kind: "cancelled" });
    await expect(first).rejects.toThrow(RequestCancelled);
  });
});

describe("ends", () => {
  test("another protocol settles everything as a mismatch", async () => {
    const one = rpc.request("layer", "layer", {});
    const two = rpc.request("unit", "unit", {});
    far.say(0, { v: 99, kind: "result", payload: { kind: "done" }, tensors: [] });
    await expect(one).rejects.toThrow(ProtocolMismatch);
    await expect(two).rejects.toThrow("protocol 99");
  });

  test("a wire that breaks settles everything as a kernel that is gone", async () => {
    const one = rpc.request("layer", "layer", {});
    far.broken = true;
    const two = rpc.request("unit", "unit", {});
    await expect(one).rejects.toThrow(KernelGone);
    await expect(two).rejects.toThrow(KernelGone);
    far.broken = false;
    const three = rpc.request("layer", "layer", {});
    far.done(-1);
    await expect(three).resolves.toBeDefined();
  });

  test("closing a view cancels what runs, settles it and stops listening", async () => {
    const one = rpc.request("layer", "layer", {});
    controller.abort();
    await expect(one).rejects.toThrow(RequestCancelled);
    expect(far.sent.at(-1)).toMatchObject({ kind: "cancel" });
    expect(far.listeners).toBe(0);
  });

  test("a closed view asks for nothing any more", async () => {
    controller.abort();
    await expect(rpc.request("layer", "layer", {})).rejects.toThrow(RequestCancelled);
    expect(far.sent).toEqual([]);
  });

  test("no two views share a name", () => {
    const names = new Set(Array.from({ length: 100 }, uniqueId));
    expect(names.size).toBe(100);
  });
});

test("answers that came as one are settled each, with their own buffers", async () => {
  const first = rpc.request("a", "layer", {});
  const second = rpc.request("b", "unit", {});
  const tensor = (value: number) => ({
    header: { name: "x", dtype: "uint8", shape: [1], scale: null, offset: null },
    buffer: new Uint8Array([value]),
  });
  const parts = [tensor(7), tensor(9)];
  const messages = parts.map(({ header }, i) => ({
    v: PROTOCOL,
    id: far.request(i).id,
    kind: "result",
    payload: { kind: "done" },
    tensors: [header],
  }));

  far.hear(
    { v: PROTOCOL, kind: "batch", messages },
    parts.map(({ buffer }) => buffer),
  );

  expect([...(await first).tensors.values()].map(({ values }) => values[0])).toEqual([7]);
  expect([...(await second).tensors.values()].map(({ values }) => values[0])).toEqual([9]);
});
