/** One card of the network: a layer, or a folded group of them, with a mosaic of its output. */

import { h, setText, span } from "../dom";
import { paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatOutputShape,
  formatPercent,
  formatShort,
} from "../draw/format";
import { colorLevels, fitSize, separateTiles } from "../draw/pixels";
import { type Item, layersIn, outputOf, type Tree } from "../graph/tree";
import type { Card, Domain, Mosaic, Overview } from "../protocol.gen";
import type { Answer } from "../rpc";
import { type Tensor, tensorOf } from "../tensor";
import type { Context } from "./view";

/** The box a mosaic is drawn in, in CSS pixels. */
const BOX = 100;

export interface Slot {
  id: string;
  /** The layer whose activations are on it. */
  output: string;
  name: string;
  kind: string;
  shape: string;
  button: HTMLButtonElement;
  canvas: HTMLCanvasElement;
  /** Instead of the mosaic, where the output is one number. */
  number: HTMLElement;
  trouble: HTMLElement;
  marks: HTMLElement;
}

/** Of the whole model, to say what share a layer has. */
export interface Totals {
  parameters: number;
  cost: number;
}

interface Facts extends Totals {
  layers: number;
  costKnown: boolean;
  memory: number | null;
}

export function totalsOf(tree: Tree): Totals {
  const { parameters, cost } = factsOf(layersIn(tree, ""));
  return { parameters, cost };
}

const SECOND_OUTPUT = /\.\d+$/;

/** A layer that is called twice costs twice and has its weights once. */
function factsOf(cards: readonly Card[]): Facts {
  const own = new Map<string, number>();
  let cost = 0;
  for (const { path, num_parameters, multiply_adds } of cards) {
    own.set(path.replace(/([#.]\d+)+$/, ""), num_parameters);
    if (!SECOND_OUTPUT.test(path)) cost += multiply_adds ?? 0;
  }
  const parameters = [...own.values()].reduce((sum, count) => sum + count, 0);
  const costKnown = cards.some(({ multiply_adds }) => multiply_adds !== null);
  const memory = cards.reduce((sum, card) => sum + (card.memory ?? 0), 0);
  return { layers: cards.length, parameters, cost, costKnown, memory };
}

export function cardSlot(tree: Tree, item: Item, totals: Totals, ctx: Context): Slot {
  const { say } = ctx;
  const group = item.kind === "group";
  const output = outputOf(tree, item.id);
  const inner = layersIn(tree, item.id);
  const facts = factsOf(inner);
  facts.parameters = item.card?.num_parameters ?? facts.parameters;
  const parts = pictureParts();
  const kind = item.card?.layer_kind ?? say("block");
  const shape = output ? shapeOf(output) : "?";
  const share = totals.cost > 0 ? facts.cost / totals.cost : 0;
  const work = say("share_work", { share: formatPercent(share) });
  const bar = h("span", { class: "kv-card-fact kv-card-cost", text: work, hidden: share < 0.001 });
  bar.style.setProperty("--kv-share", `${(share * 100).toFixed(1)}%`);
  const count = group ? `${say("layers", { count: inner.length })} · ` : "";
  const button = h(
    "button",
    {
      type: "button",
      class: "kv-card",
      "data-item": item.id,
      "data-path": item.card?.path,
      tabindex: -1,
      title: tooltip(item, kind, shape, facts, totals, ctx),
    },
    h("span", { class: "kv-card-picture" }, ...Object.values(parts)),
    cardName(item.label, item.card?.path ?? item.label),
    group ? span("kv-card-inside", "") : null,
    h("span", { class: "kv-card-kind", text: `${count}${kind}` }),
    h("span", { class: "kv-card-fact", text: shape }),
    h("span", { class: "kv-card-fact kv-muted", text: parametersText(facts.parameters, say) }),
    bar,
  );
  if (item.card?.is_operation) button.classList.add("kv-operation");
  if (group) button.classList.add("kv-group");
  const name = item.card?.path ?? item.label;
  return { id: item.id, output: output?.path ?? "", name, kind, shape, button, ...parts };
}

/** Marks the card of the layer that is looked at; of a folded group, it says which one in it that is. */
export function chosen(button: HTMLButtonElement, on: boolean, inside: string): void {
  button.classList.toggle("kv-selected", on);
  button.setAttribute("aria-pressed", String(on));
  button.tabIndex = on ? 0 : -1;
  const name = button.querySelector<HTMLElement>(".kv-card-inside");
  if (name) setText(name, on && inside ? `› ${inside}` : "");
}

/** The mosaic, and what is laid over it. */
const pictureParts = () => ({
  canvas: h("canvas", { class: "kv-canvas", width: 1, height: 1, "aria-hidden": "true" }),
  number: h("span", { class: "kv-card-number" }),
  trouble: h("span", { class: "kv-trouble", hidden: true }),
  marks: h("span", { class: "kv-marks", hidden: true }),
});

const parametersText = (count: number, say: Context["say"]) =>
  count ? say("params", { count: formatCount(count) }) : say("no_parameters");

/** Everything there is to know at a glance, one fact a line. */
function tooltip(
  item: Item,
  kind: string,
  shape: string,
  facts: Facts,
  totals: Totals,
  { say }: Context,
): string {
  const of = (part: number, whole: number) => (whole > 0 ? formatPercent(part / whole) : "0 %");
  const share = of(facts.parameters, totals.parameters);
  const cost = formatShort(facts.cost);
  const lines = [`${item.card?.path ?? item.label} · ${kind} · ${shape}`];
  if (facts.parameters)
    lines.push(say("share_params", { count: formatCount(facts.parameters), share }));
  if (facts.costKnown && facts.cost)
    lines.push(say("share_cost", { count: cost, share: of(facts.cost, totals.cost) }));
  if (facts.memory) lines.push(say("memory", { size: formatBytes(facts.memory) }));
  if (item.card?.note) lines.push(item.card.note);
  return lines.join("\n");
}

/** The number that tells layers of one kind apart stays visible where the name is cut. */
function cardName(name: string, path: string): HTMLElement {
  const [, stem = name, number = ""] = name.match(/^(.*?)(_\d+)?$/) ?? [];
  return h("span", { class: "kv-card-name", title: path }, span("kv-stem", stem), number);
}

const shapeOf = (card: Card) => formatOutputShape(card.output_shape);

export function paintAll(slots: Iterable<Slot>, answer: Answer<Overview>, ctx: Context): void {
  const tensor = tensorOf(answer.tensors, "mosaics");
  const mosaics = new Map(answer.payload.mosaics.map((mosaic) => [mosaic.path, mosaic]));
  for (const slot of slots) {
    const mosaic = mosaics.get(slot.output);
    slot.button.classList.toggle("kv-blank", mosaic === undefined);
    if (mosaic) paintMosaic(slot, mosaic, tensor, ctx);
    else describe(slot, null, ctx);
  }
}

function paintMosaic(slot: Slot, mosaic: Mosaic, tensor: Tensor, ctx: Context): void {
  const { start, height, width, domain } = mosaic;
  const levels = tensor.values.subarray(start, start + height * width);
  const table = tableFor(domain.signed, ctx.dark, ctx.sequential);
  const tiles = separateTiles(colorLevels(levels, table), height, width, mosaic);
  paint(slot.canvas, tiles.height, tiles.width, tiles.rgba);
  const one = height === 1 && width === 1; // its range is the number itself
  setText(slot.number, one ? formatNumber(domain.low) : "");
  slot.canvas.hidden = one;
  const [w, tall] = fitSize(tiles.height, tiles.width, BOX);
  slot.canvas.style.width = `${w}px`;
  slot.canvas.style.height = `${height === 1 ? 14 : tall}px`;
  describe(slot, domain, ctx);
}

function describe(slot: Slot, domain: Domain | null, { say }: Context): void {
  const trouble = domain ? troubleOf(domain, say) : "";
  slot.trouble.hidden = trouble === "";
  setText(slot.trouble, trouble);
  slot.trouble.classList.toggle("kv-severe", Boolean(domain && domain.nans + domain.infs > 0));
  const text = domain
    ? say("mosaic_alt", {
        path: slot.name,
        kind: slot.kind,
        shape: slot.shape,
        low: formatNumber(domain.low),
        high: formatNumber(domain.high),
        trouble: trouble ? `, ${trouble}` : "",
      })
    : `${slot.name}, ${slot.kind}, ${say("no_picture")}`;
  slot.button.setAttribute("aria-label", text);
}

/** What a scan found of the layer on the card, in a few words; all of it where one points. */
export function markAll(slots: Iterable<Slot>, ctx: Context): void {
  for (const slot of slots) markSlot(slot, ctx);
}

function markSlot({ marks, output }: Slot, { marks: found, say }: Context): void {
  const own = found?.layers.find(({ path }) => path === output);
  marks.hidden = !own;
  if (!found || !own) return;
  const { dead, constant, copies, saturated, channels } = own;
  const counts = { dead, constant, copies };
  const names = (["dead", "constant", "copies"] as const).filter((name) => counts[name] > 0);
  const said = names.map((name) => say(`mark_${name}`, { count: formatCount(counts[name]) }));
  const of = { channels: formatCount(channels), samples: formatCount(found.samples) };
  const told = names.map((name) => say(`mark_${name}_why`, { ...of, count: counts[name] }));
  if (saturated > 0) {
    said.push(say("mark_saturated"));
    told.push(say("mark_saturated_why", { share: formatPercent(saturated) }));
  }
  setText(marks, said.join(" · "));
  marks.title = told.join("\n");
}

function troubleOf(domain: Domain, say: Context["say"]): string {
  if (domain.nans > 0) return say("nans", { count: formatCount(domain.nans) });
  if (domain.infs > 0) return say("infs", { count: formatCount(domain.infs) });
  return domain.low === 0 && domain.high === 0 ? say("all_zero") : "";
}
