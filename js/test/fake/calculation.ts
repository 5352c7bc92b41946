/** A made-up sum: some numbers of the layer before, times seeded weights. */
import type { Calculation, TermSource } from "../../src/protocol.gen";
import { domainOf, type FakeAnswer, type Params, tensor } from "./answers";
import { type FakeLayer, seeded } from "./network";

const TERMS = 64;

export function calculation(layers: FakeLayer[], params: Params): FakeAnswer {
  const at = layers.findIndex(({ path }) => path === params.layer);
  const layer = layers[at] as FakeLayer;
  const before = layers[at - 1];
  const { place } = params;
  const last = layer.shape.length - 1;
  const unit = layer.shape.map((_, axis) =>
    axis === last ? (params.unit ?? 0) : (place?.[axis] ?? 0),
  );
  const flat = unit.reduce((sum, index, axis) => sum * (layer.shape[axis] ?? 1) + index, 0);
  const common = { path: layer.path, layer_kind: layer.kind, sample: params.sample ?? 0, unit };
  const value = layer.values[flat] ?? 0;
  const payload: Calculation = {
    kind: "calculation",
    ...common,
    ...{ axes: layer.axes, shape: layer.shape, rule: "", stage: "", stages: [], num_stages: 0 },
    ...{ activation: "linear", bias: null, total: null, computed: null, value, error: null },
    ...{ bound: null, agrees: null, num_terms: 0, rest: 0, sources: [], groups: [], windows: [] },
    ...{ note: "", no_rule: "", code: "w.arithmetic" },
  };
  if (!before || before.values.length === 0)
    return { payload: { ...payload, no_rule: "It is the first." }, tensors: [] };
  return summed(payload, before, value);
}

function summed(payload: Calculation, before: FakeLayer, value: number): FakeAnswer {
  const { path, kind, axes, shape } = before;
  const rows = rowsOf(payload.unit, before);
  const count = rows.length;
  const products = rows.reduce((sum, { product }) => sum + product, 0);
  const source: TermSource = {
    path,
    layer_kind: kind,
    axes,
    stage: "",
    function: "",
    weight_path: "kernel",
    ...{ weight_stage: "", names: [] },
  };
  const places = Int32Array.from(rows.flatMap(({ index }) => index));
  const floats = (name: "input" | "weight" | "product") =>
    tensor(`${name}s`, Float32Array.from(rows.map((row) => row[name])), [count]);
  const result = {
    bias: value - products,
    total: value,
    computed: value,
    error: 0,
    bound: 1e-6,
    agrees: true,
  };
  const [plane, window] = windowOf(before, rows[0]?.index ?? []);
  const zeros = new Int32Array(count);
  return {
    payload: { ...payload, ...result, num_terms: count, sources: [source], windows: window },
    tensors: [
      ...[floats("input"), floats("weight"), floats("product")],
      ...[tensor("source", zeros, [count]), tensor("group", zeros, [count])],
      ...[
        tensor("index", places, [count, shape.length]),
        tensor("weight_index", places, [count, shape.length]),
      ],
      ...plane,
    ],
  };
}

/** Seeded weights for some numbers, strongest first. */
function rowsOf(unit: number[], { shape, values }: FakeLayer) {
  const random = seeded(unit.reduce((sum, each) => sum * 31 + each, 7));
  const count = Math.min(TERMS, values.length);
  return Array.from({ length: count }, () => {
    const index = shape.map((size) => Math.floor(random() * size));
    const flat = index.reduce((sum, each, axis) => sum * (shape[axis] ?? 1) + each, 0);
    const [input, weight] = [values[flat] ?? 0, random() - 0.5];
    return { index, input, weight, product: input * weight };
  }).sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
}

function windowOf(
  { path, kind, axes, shape, values }: FakeLayer,
  place: number[],
): [FakeAnswer["tensors"], Calculation["windows"]] {
  const [rows = 1, columns = 1, channels = 1] = shape;
  if (shape.length < 2) return [[], []];
  const plane = values.filter((_, i) => i % channels === (place[2] ?? 0)).slice(0, rows * columns);
  const frame = {
    rows_axis: 0,
    columns_axis: 1,
    start: [0, 0],
    stop: [Math.min(3, rows), Math.min(3, columns)],
  };
  const rest = { domain: domainOf(values), pooled: 1, traced: false, exact: true, weights: "" };
  const window = {
    path,
    layer_kind: kind,
    axes,
    place,
    ...frame,
    ...rest,
  } as Calculation["windows"][0];
  return [[tensor("window0", plane, [rows, columns])], [window]];
}
