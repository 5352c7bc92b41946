/** Every sentence on the screen, in English. Other languages are not in the bundle: Python sends the one that is wanted. */

import { arithmetic } from "./texts/arithmetic";
import { changeEnglish } from "./texts/change";
import { dataWords } from "./texts/data";
import { doctorWords } from "./texts/doctor";
import { ownEn } from "./texts/own";
import { samplesEn } from "./texts/samples";
import { scanWords } from "./texts/scan";
import { words } from "./texts/views";
import { why } from "./texts/why";

const en = {
  ...words,
  ...samplesEn,
  ...changeEnglish,
  ...arithmetic,
  ...why,
  ...scanWords,
  ...dataWords,
  ...doctorWords,
  stage: "Inside the model {name}",
  colors: "Colours",
  layers: "{count} layers",
  parameters: "{count} parameters",
  params: "{count} params",
  no_parameters: "no params",
  block: "block",
  share_params: "{count} parameters, {share} of the model",
  share_cost: "{count} multiply-adds, {share} of the model",
  memory: "{size} of activations",
  search: "Find a layer",
  matches: "{at} of {count}",
  no_match: "no match",
  zoom_in: "Zoom in (+)",
  zoom_out: "Zoom out (−)",
  fit: "Show the whole network (0)",
  fold_all: "Fold or unfold everything",
  fold: "Fold {name} (f)",
  unfold: "Unfold {name} (f)",
  input: "Input",
  input_alt: "Input picture of sample {sample}, {shape} pixels",
  prediction: "Prediction",
  probability: "probability",
  logit: "logits",
  value: "value",
  overview: "Layers",
  choose_layer: "Choose a layer above to see inside it.",
  layer: "Layer",
  unit: "Unit",
  previous_unit: "Previous unit",
  next_unit: "Next unit",
  units_shown: "units {first} – {last} of {total}",
  map_alt:
    "Map of unit {unit}, {shape}, values from {low} to {high}, maximum at row {row}, column {column}",
  flat_map_alt: "Map of unit {unit}, {shape}, no finite values",
  mosaic_alt: "{path}, {kind}, output {shape}, values from {low} to {high}{trouble}",
  heat_alt: "Heat map, {rows} × {columns}, values from {low} to {high}, maximum at {at}",
  bars_alt: "{count} values from {low} to {high}, the largest is unit {unit}",
  trace_alt: "Trace over {count} steps, values from {low} to {high}, maximum at step {at}",
  row: "row",
  column: "column",
  step: "step",
  hover_hint: "Point at a cell to read its value",
  hover_bars: "Point at a bar to read its value",
  map_range: "map {low} … {high}",
  mean: "mean",
  maximum: "max",
  minimum: "min",
  range: "range",
  shape: "shape",
  color_scale: "Colour scale from {low} to {high}",
  pooled: "1 cell = {count} values",
  pooled_why: "The layer is larger than the picture: each cell stands for {count} values.",
  clipped: "{count} clipped",
  clipped_why: "{count} values lie outside the colour scale and are drawn at its end.",
  nans: "{count} NaN",
  infs: "{count} ∞",
  not_finite_why: "Values that are not finite are drawn in this colour, which is not on the scale.",
  all_zero: "all zero",
  all_zero_why: "Every value of this layer is 0 for this sample.",
  constant: "constant",
  no_picture: "no picture",
  nothing_drawn: "Nothing to draw",
  slice: "slice",
  previous_slice: "Previous place",
  next_slice: "Next place",
  aspect: "What to look at",
  output: "Output",
  weights: "Weights",
  weight: "weight",
  kernel: "kernel",
  show: "show",
  activations: "activations",
  gradients: "gradients",
  order: "sorted by",
  index: "number",
  variance: "variance",
  gradient_x_activation: "gradient × activation",
  scale: "scale of",
  this_layer: "this layer",
  each_map: "each map",
  whole_network: "the whole network",
  own_scales: "each map on its own scale",
  figure_alt: "{title}, {shape}, values from {low} to {high}, maximum at {at}",
  waiting: "Waiting for the kernel. If a cell is running, this view answers when it can.",
  kernel_gone: "The kernel is gone. Run the cell again to wake this view.",
  closed: "This view was closed. Run the cell again to open it.",
  failed: "This could not be shown",
  unknown_kind:
    "The kernel sent a '{kind}', which this page cannot draw. Upgrade kerasviz and reload the page.",
  details: "Traceback",
  retry: "Try again",
  set_failed: "Not changed:",
  dismiss: "Dismiss",
  mismatch_title: "The two halves of kerasviz do not fit together",
  mismatch:
    "The kernel speaks protocol {theirs}, this page speaks protocol {ours}. Upgrade or rebuild kerasviz, restart the kernel and reload the page.",
  saved_picture: "What this view last showed (sample {sample})",
  ...ownEn,
};

export type Texts = typeof en;
export type TextKey = keyof Texts;

export type Say = (key: TextKey, values?: Record<string, string | number>) => string;

/** A name that Python chose: translated where the table has it, else read as words. */
export function wordOf(say: Say, key: string): string {
  return Object.hasOwn(en, key) ? say(key as TextKey) : key.replaceAll("_", " ");
}

/** A text that Python chose: translated where the table has it, else to the letter, as paths of layers are. */
export function textOf(say: Say, key: string): string {
  return Object.hasOwn(en, key) ? say(key as TextKey) : key;
}

/** Speaks the texts of a language, which Python sends, and English where they lack one. */
export function speaker(texts: Partial<Texts> = {}): Say {
  return (key, values = {}) =>
    (texts[key] ?? en[key]).replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(values[name] ?? whole),
    );
}
