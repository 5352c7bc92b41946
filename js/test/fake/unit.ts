/** One unit of a made-up layer. */
import { domainOf, type FakeAnswer, mapsOf, tensor } from "./answers";
import type { FakeLayer } from "./network";

export function unit(layer: FakeLayer, sample: number, index: number): FakeAnswer {
  const num_units = layer.shape.at(-1) ?? 1;
  const [first = 1, second = 1] = layer.shape;
  const values =
    layer.shape.length === 3
      ? mapsOf(layer, index, 1)
      : layer.values.filter((_, i) => i % num_units === index);
  const forms = ["value", "value", "trace", "map"] as const;
  const form = forms[layer.shape.length] ?? "value";
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const domain = domainOf(layer.values);
  const common = { path: layer.path, layer_kind: layer.kind, sample, num_units };
  const shape = form === "map" ? [first, second] : [values.length];
  return {
    payload: {
      kind: "unit",
      ...common,
      unit: index,
      index: [],
      form,
      domain,
      mean,
      pooled: 1,
      code: "w.activations",
      place: layer.shape.map((_, axis) => (axis === layer.shape.length - 1 ? index : 0)),
      rows_axis: form === "map" ? 0 : -1,
      columns_axis: { map: 1, trace: 0, value: -1 }[form],
    },
    tensors: [tensor("values", values, shape)],
  };
}
