/** Fake layers → the payloads and tensors that Python would send. */
import type { Card, Domain, LayerHead, Payload, TensorHeader } from "../../src/protocol.gen";
import { calculation } from "./calculation";
import { makers } from "./makers";
import { type FakeLayer, fakeLayers } from "./network";
import { SAMPLES } from "./samples";
import { told } from "./told";
import { unit } from "./unit";

export interface FakeAnswer {
  payload: Payload;
  tensors: [TensorHeader, FakeValues][];
}

export type FakeValues = Uint8Array | Int32Array | Float32Array;

export interface Params {
  sample?: number;
  layer?: string;
  unit?: number;
  place?: number[] | null;
  start?: number;
  count?: number;
  target?: number | null;
  samples?: number[];
  by?: string;
  label?: string;
}

const NOT_EXAMINED: Payload = {
  kind: "findings",
  there: false,
  stale: false,
  findings: [],
  rules: 0,
  samples: 0,
  note: "",
  skipped: [],
};

let cache: { sample: number; layers: FakeLayer[] } | null = null;

function layersOf(sample: number): FakeLayer[] {
  if (cache?.sample !== sample) cache = { sample, layers: fakeLayers(sample) };
  return cache.layers;
}

export function answer(name: string, params: Params): FakeAnswer {
  const { sample = 0 } = params;
  if (name === "network") return { payload: network(), tensors: [] };
  if (name === "overview") return overview(sample);
  if (name === "makers") return makers(sample);
  if (name === "methods") return { payload: { kind: "methods", sample, methods: [] }, tensors: [] };
  if (name === "told") return told(sample);
  if (name === "findings") return { payload: NOT_EXAMINED, tensors: [] };
  if (name in SAMPLES) return SAMPLES[name as keyof typeof SAMPLES](params);
  const layer = layersOf(sample).find(({ path }) => path === params.layer);
  if (!layer)
    throw new Error(`Layer '${params.layer}' is not in the model. Choose one of the cards.`);
  if (layer.values.length === 0) {
    const reason = "Its output holds text, not numbers that can be drawn.";
    return { payload: { kind: "empty", path: layer.path, reason }, tensors: [] };
  }
  if (name === "calculation") return calculation(layersOf(sample), params);
  return name === "unit" ? unit(layer, sample, params.unit ?? 0) : layerAnswer(layer, params);
}

export function tensor(
  name: string,
  values: FakeValues,
  shape: number[],
): FakeAnswer["tensors"][0] {
  const whole = values instanceof Uint8Array ? "uint8" : "int32";
  const dtype = values instanceof Float32Array ? "float32" : whole;
  return [{ name, dtype, shape, scale: null, offset: null }, values];
}

export function domainOf(values: ArrayLike<number>): Domain {
  const all = Array.from(values);
  const finite = all.filter(Number.isFinite);
  let low = Math.min(...finite);
  let high = Math.max(...finite);
  const signed = low < 0;
  if (signed) {
    high = Math.max(high, -low);
    low = -high;
  }
  return { low, high, signed, nans: all.filter(Number.isNaN).length, infs: 0, clipped: 0 };
}

export function quantise(values: ArrayLike<number>, { low, high }: Domain): Uint8Array {
  return Uint8Array.from(Array.from(values), (value) => {
    if (!Number.isFinite(value)) return 255;
    return high > low ? Math.round(((value - low) / (high - low)) * 254) : 0;
  });
}

function network(): Payload {
  const cards = layersOf(0).map(
    (layer, i, all): Card => ({
      path: layer.path,
      name: layer.path.split("/").at(-1) ?? layer.path,
      layer_kind: layer.kind,
      output_shape: [null, ...layer.shape],
      num_parameters: layer.parameters,
      depth: layer.parent ? 1 : 0,
      parent: layer.parent,
      is_operation: false,
      is_container: false,
      note: "",
      inputs: [all[i - 1]?.path ?? "input"],
      multiply_adds: layer.parameters ? layer.parameters * 40 : 0,
      memory: layer.shape.reduce((size, length) => size * length, 4),
    }),
  );
  return { kind: "network", model_name: "digits_and_sequences", cards, inputs_made: false };
}

/** The maps of a layer, one after the other. */
export function mapsOf({ values, shape }: FakeLayer, start: number, count: number): Float32Array {
  const [height = 1, width = 1, channels = 1] = shape;
  const n = Math.min(count, 64, channels - start);
  const out = new Float32Array(n * height * width);
  for (let i = 0; i < out.length; i += 1) {
    const [map, cell] = [Math.floor(i / (height * width)), i % (height * width)];
    out[i] = values[cell * channels + start + map] ?? 0;
  }
  return out;
}

function overview(sample: number): FakeAnswer {
  const mosaics = [];
  const parts: number[] = [];
  for (const layer of layersOf(sample).filter(({ values }) => values.length > 0)) {
    const domain = domainOf(layer.values);
    const { levels, height, width, rows, columns } = mosaic(layer, domain);
    const total = layer.shape.at(-1) ?? 1;
    const place = { start: parts.length, height, width, rows, columns };
    mosaics.push({ path: layer.path, ...place, domain, shown: rows * columns, total });
    parts.push(...levels);
  }
  const payload: Payload = { kind: "overview", sample, mosaics };
  return { payload, tensors: [tensor("mosaics", Uint8Array.from(parts), [parts.length])] };
}

function mosaic(layer: FakeLayer, domain: Domain) {
  const [height = 1, width = 1] = layer.shape;
  if (layer.shape.length === 3) {
    const grid = Math.max(1, Math.floor(48 / height / 2));
    const [tall, wide] = [height * grid, width * grid];
    const maps = quantise(mapsOf(layer, 0, grid * grid), domain);
    const levels = new Uint8Array(tall * wide);
    for (let i = 0; i < levels.length; i += 1) {
      const [y, x] = [Math.floor(i / wide), i % wide];
      const tile = Math.floor(y / height) * grid + Math.floor(x / width);
      levels[i] = maps[tile * height * width + (y % height) * width + (x % width)] ?? 0;
    }
    return { levels, height: tall, width: wide, rows: grid, columns: grid };
  }
  const levels = quantise(layer.values, domain);
  if (layer.shape.length === 2) return { levels, height, width, rows: 1, columns: 1 };
  const columns = height > 48 ? 16 : height;
  return { levels, height: Math.ceil(height / columns), width: columns, rows: 1, columns: 1 };
}

function headOf(layer: FakeLayer, sample: number): LayerHead {
  const { path, kind, shape, axes } = layer;
  const domain = domainOf(layer.values);
  const num_units = shape.at(-1) ?? 1;
  const order = { name: "order", form: "choice", chosen: 0, count: 2 } as const;
  return {
    path,
    layer_kind: kind,
    sample,
    shape,
    axes,
    dtype: "float32",
    domain,
    num_units,
    aspects: ["output", "weights"],
    aspect: "output",
    controls: [{ ...order, values: ["index", "maximum"] }],
    code: `w.activations["${path}"]`,
  };
}

function layerAnswer(layer: FakeLayer, { sample = 0, start = 0, count = 64 }: Params): FakeAnswer {
  const head = headOf(layer, sample);
  const [first = 1, second = 1] = layer.shape;
  if (layer.path === "attention") {
    const slice = quantise(layer.values.subarray(0, 256), head.domain);
    const payload: Payload = { kind: "tensor", head, index: [0], pooled: 1 };
    return { payload, tensors: [tensor("map", slice, [16, 16])] };
  }
  if (layer.shape.length === 2) {
    const map = quantise(layer.values, head.domain);
    const payload: Payload = { kind: "time_units", head, start: 0, pooled: 1 };
    return { payload, tensors: [tensor("map", map, [first, second])] };
  }
  if (layer.shape.length === 1) {
    return {
      payload: { kind: "units", head, start: 0 },
      tensors: [tensor("values", layer.values, [first])],
    };
  }
  return featureMaps(layer, head, start, count);
}

function featureMaps(layer: FakeLayer, head: LayerHead, start: number, count: number): FakeAnswer {
  const [first = 1, second = 1] = layer.shape;
  const maps = mapsOf(layer, start, count);
  const n = maps.length / (first * second);
  const each = (pick: (values: number[]) => number) =>
    Float32Array.from({ length: n }, (_, i) =>
      pick([...maps.subarray(i * first * second, (i + 1) * first * second)]),
    );
  const { low, high, signed } = head.domain;
  const payload: Payload = { kind: "feature_maps", head, start, pooled: 1, signed };
  const tensors = [
    tensor("maps", quantise(maps, head.domain), [n, first, second]),
    tensor("low", new Float32Array(n).fill(low), [n]),
    tensor("high", new Float32Array(n).fill(high), [n]),
    tensor(
      "minimum",
      each((values) => Math.min(...values)),
      [n],
    ),
    tensor(
      "maximum",
      each((values) => Math.max(...values)),
      [n],
    ),
    tensor(
      "mean",
      each((values) => values.reduce((a, b) => a + b, 0) / values.length),
      [n],
    ),
  ];
  return { payload, tensors };
}
