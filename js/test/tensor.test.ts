import { expect, test } from "vitest";
import type { TensorHeader } from "../src/protocol.gen";
import { decodeTensor, decodeTensors, tensorOf } from "../src/tensor";

function header(dtype: TensorHeader["dtype"], shape: number[], name = "x"): TensorHeader {
  return { name, dtype, shape, scale: null, offset: null };
}

test("a buffer that starts inside another one is read from its own start", () => {
  const all = new Float32Array([9, 1, 2, 3]);
  const view = new DataView(all.buffer, 4, 12);
  expect([...decodeTensor(header("float32", [3]), view).values]).toEqual([1, 2, 3]);
});

test("a misaligned buffer is copied, not misread", () => {
  const bytes = new Uint8Array(11);
  bytes.set(new Uint8Array(new Float32Array([1.5, -2]).buffer), 3);
  const view = new DataView(bytes.buffer, 3, 8);
  expect([...decodeTensor(header("float32", [2]), view).values]).toEqual([1.5, -2]);
});

test("plain ArrayBuffers, typed arrays and integers are read too", () => {
  const ints = new Int32Array([-1, 7]);
  expect([...decodeTensor(header("int32", [2]), ints.buffer).values]).toEqual([-1, 7]);
  expect([...decodeTensor(header("uint8", [2]), new Uint8Array([1, 255])).values]).toEqual([
    1, 255,
  ]);
});

test("an empty tensor and a scalar have the sizes their shapes say", () => {
  expect(decodeTensor(header("float32", [0, 4]), new ArrayBuffer(0)).values).toHaveLength(0);
  expect(decodeTensor(header("uint8", []), new Uint8Array([3])).values[0]).toBe(3);
});

test("a buffer of the wrong size is refused by name", () => {
  expect(() => decodeTensor(header("float32", [3], "maps"), new ArrayBuffer(8))).toThrow(
    "Tensor 'maps' needs 12 bytes and has 8.",
  );
});

test("as many buffers must come as were announced", () => {
  expect(() => decodeTensors([header("uint8", [1])], [])).toThrow("1 tensors were announced");
});

test("a missing tensor is named", () => {
  const tensors = decodeTensors([header("uint8", [1], "a")], [new Uint8Array([1])]);
  expect(tensorOf(tensors, "a").values[0]).toBe(1);
  expect(() => tensorOf(tensors, "b")).toThrow("'b' is missing");
});
