/**
 * Comm buffers → typed arrays: the one decoder.
 *
 * A host hands over DataViews, ArrayBuffers or typed arrays that may start anywhere inside a larger
 * buffer. A view is made where the offset allows one, a copy where it does not: reading with the
 * wrong offset shows another tensor's numbers.
 */
import { assert } from "./assert";
import type { TensorHeader } from "./protocol.gen";

export type Values = Uint8Array | Int32Array | Float32Array;

export interface Tensor {
  header: TensorHeader;
  values: Values;
  shape: number[];
}

export type Tensors = ReadonlyMap<string, Tensor>;

const ARRAYS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };

/** The tensors of one message by name, in the order of its headers. */
export function decodeTensors(
  headers: readonly TensorHeader[],
  buffers: readonly (ArrayBuffer | ArrayBufferView)[],
): Tensors {
  assert(
    headers.length === buffers.length,
    `${headers.length} tensors were announced and ${buffers.length} buffers came.`,
  );
  const tensors = new Map<string, Tensor>();
  headers.forEach((header, i) => {
    const buffer = buffers[i];
    assert(buffer !== undefined, `Tensor '${header.name}' came without its buffer.`);
    tensors.set(header.name, decodeTensor(header, buffer));
  });
  return tensors;
}

export function decodeTensor(header: TensorHeader, buffer: ArrayBuffer | ArrayBufferView): Tensor {
  const make = ARRAYS[header.dtype];
  assert(make !== undefined, `Tensor '${header.name}' has the unknown dtype '${header.dtype}'.`);
  const count = header.shape.reduce((product, size) => product * size, 1);
  assert(
    buffer.byteLength === count * make.BYTES_PER_ELEMENT,
    `Tensor '${header.name}' needs ${count * make.BYTES_PER_ELEMENT} bytes and has ${buffer.byteLength}.`,
  );
  const [bytes, offset] = aligned(buffer, make.BYTES_PER_ELEMENT);
  return { header, values: new make(bytes, offset, count), shape: [...header.shape] };
}

function aligned(
  buffer: ArrayBuffer | ArrayBufferView,
  bytesPerElement: number,
): [ArrayBuffer, number] {
  if (!ArrayBuffer.isView(buffer)) return [buffer, 0];
  const { buffer: bytes, byteOffset, byteLength } = buffer;
  if (bytes instanceof ArrayBuffer && byteOffset % bytesPerElement === 0)
    return [bytes, byteOffset];
  return [new Uint8Array(bytes, byteOffset, byteLength).slice().buffer, 0];
}

/** Numbers to send: their header, and their bytes in a buffer of their own. */
export function encodeTensor(
  name: string,
  numbers: Float32Array,
  shape: number[],
): { header: TensorHeader; buffer: ArrayBuffer } {
  const header: TensorHeader = { name, dtype: "float32", shape, scale: null, offset: null };
  return { header, buffer: Float32Array.from(numbers).buffer };
}

/** The tensor `name`, which the payload's kind promises. */
export function tensorOf(tensors: Tensors, name: string): Tensor {
  const tensor = tensors.get(name);
  assert(tensor !== undefined, `The tensor '${name}' is missing from the answer.`);
  return tensor;
}
