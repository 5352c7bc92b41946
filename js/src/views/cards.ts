/** The strip of layers: a card each, in the order they run, with a mosaic once there is one. */

import { h, setText, span } from "../dom";
import { paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import { formatCount, formatNumber, formatOutputShape } from "../draw/format";
import { colorLevels, fitSize, separateTiles } from "../draw/pixels";
import { roving } from "../parts/roving";
import type { Card, Domain, Mosaic, Network, Overview } from "../protocol.gen";
import type { Answer } from "../rpc";
import { type Tensor, tensorOf } from "../tensor";
import { asKind, type Context, lookOf, type Rendered } from "./view";

/** The box a mosaic is drawn in, in CSS pixels. */
const BOX = 100;
/** What stays visible beside a card that was scrolled to. */
const MARGIN = 40;

interface Slot {
  card: Card;
  button: HTMLButtonElement;
  canvas: HTMLCanvasElement;
  trouble: HTMLElement;
}

export function cardStrip(network: Network, ctx: Context): Rendered {
  const slots = new Map<string, Slot>();
  const element = h("div", { class: "kv-cards" });
  let previous = "";
  for (const card of network.cards) {
    const slot = cardSlot(card, card.parent !== previous, ctx);
    previous = card.parent;
    slots.set(card.path, slot);
    element.append(slot.button);
  }
  element.classList.toggle(
    "kv-nested",
    network.cards.some((card) => card.parent !== ""),
  );
  listen(element, ctx);
  const tabs = roving(element, ".kv-card", ctx.signal);
  let shown: Answer<Overview> | null = null;
  let chosen = "";
  let painted = "";
  const refresh = (now: Context) => {
    if (shown && painted !== lookOf(now)) paintAll(slots, shown, now);
    if (shown) painted = lookOf(now);
    const current = select(slots, now.state.layer);
    tabs.settle(current);
    if (current && element.isConnected && chosen !== now.state.layer) {
      chosen = now.state.layer;
      reveal(element, current);
    }
  };
  const update = (answer: Answer, now: Context) => {
    const list = asKind(answer, "network");
    if (list && list.payload !== network) return sameCards(list.payload, network);
    shown = asKind(answer, "overview") ?? shown;
    painted = "";
    refresh(now);
    return true;
  };
  refresh(ctx);
  return { element, update, refresh };
}

function listen(element: HTMLElement, ctx: Context): void {
  element.addEventListener(
    "click",
    (event) => {
      const button = (event.target as Element).closest<HTMLElement>(".kv-card");
      if (button?.dataset.path) ctx.emit({ type: "layer", path: button.dataset.path });
    },
    { signal: ctx.signal },
  );
}

function sameCards(a: Network, b: Network): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function cardSlot(card: Card, opensGroup: boolean, { say }: Context): Slot {
  const canvas = h("canvas", { class: "kv-canvas", width: 1, height: 1, "aria-hidden": "true" });
  const trouble = h("span", { class: "kv-trouble", hidden: true });
  const parameters = card.num_parameters
    ? say("params", { count: formatCount(card.num_parameters) })
    : say("no_parameters");
  const button = h(
    "button",
    { type: "button", class: "kv-card", "data-path": card.path, tabindex: -1, title: card.note },
    crumb(card, opensGroup),
    h("span", { class: "kv-card-picture" }, canvas, trouble),
    cardName(card),
    h("span", { class: "kv-card-kind", text: card.layer_kind }),
    h("span", { class: "kv-card-fact", text: shapeOf(card) }),
    h("span", { class: "kv-card-fact kv-muted", text: parameters }),
  );
  if (card.is_operation) button.classList.add("kv-operation");
  if (card.is_container) button.classList.add("kv-container");
  return { card, button, canvas, trouble };
}

/** The number that tells layers of one kind apart stays visible where the name is cut. */
function cardName({ name, path }: Card): HTMLElement {
  const [, stem = name, number = ""] = name.match(/^(.*?)(_\d+)?$/) ?? [];
  return h("span", { class: "kv-card-name", title: path }, span("kv-stem", stem), number);
}

/** Which block the card hangs in: named on the first card of the block, a line on the others. */
function crumb(card: Card, opensGroup: boolean): HTMLElement {
  const text = opensGroup ? card.parent.split("/").join(" › ") : "";
  const element = h("span", { class: "kv-crumb", text, title: card.parent });
  if (card.parent) element.classList.add("kv-crumb-inside");
  return element;
}

const shapeOf = (card: Card) => formatOutputShape(card.output_shape);

function paintAll(slots: Map<string, Slot>, answer: Answer<Overview>, ctx: Context): void {
  const tensor = tensorOf(answer.tensors, "mosaics");
  const mosaics = new Map(answer.payload.mosaics.map((mosaic) => [mosaic.path, mosaic]));
  for (const slot of slots.values()) {
    const mosaic = mosaics.get(slot.card.path);
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
        path: slot.card.path,
        kind: slot.card.layer_kind,
        shape: shapeOf(slot.card),
        low: formatNumber(domain.low),
        high: formatNumber(domain.high),
        trouble: trouble ? `, ${trouble}` : "",
      })
    : `${slot.card.path}, ${slot.card.layer_kind}, ${say("no_picture")}`;
  slot.button.setAttribute("aria-label", text);
}

function troubleOf(domain: Domain, say: Context["say"]): string {
  if (domain.nans > 0) return say("nans", { count: formatCount(domain.nans) });
  if (domain.infs > 0) return say("infs", { count: formatCount(domain.infs) });
  return domain.low === 0 && domain.high === 0 ? say("all_zero") : "";
}

/** Scrolls the strip, never the page. */
function reveal(strip: HTMLElement, { offsetLeft, offsetWidth }: HTMLElement): void {
  const from = offsetLeft - strip.offsetLeft;
  const { scrollLeft, clientWidth } = strip;
  if (from < scrollLeft) strip.scrollLeft = from - MARGIN;
  const hidden = from + offsetWidth - (scrollLeft + clientWidth);
  if (hidden > 0) strip.scrollLeft = scrollLeft + hidden + MARGIN;
}

function select(slots: Map<string, Slot>, path: string): HTMLElement | null {
  for (const [each, { button }] of slots) {
    button.classList.toggle("kv-selected", each === path);
    button.setAttribute("aria-pressed", String(each === path));
  }
  return slots.get(path)?.button ?? null;
}
