/** The network as a graph of cards: folded, searched, zoomed and walked through by keys. */

import { h } from "../dom";
import { type Box, type Layout, layoutOf } from "../graph/layout";
import { type Link, linksOf } from "../graph/links";
import {
  foldedAtFirst,
  groupsOf,
  lineOf,
  outputOf,
  shownAs,
  type Tree,
  treeOf,
} from "../graph/tree";
import { type BarAction, type GraphBar, graphBar } from "../parts/graph_bar";
import { type Zoom, zoomable } from "../parts/zoom";
import type { Network, Overview } from "../protocol.gen";
import type { Answer } from "../rpc";
import { cardSlot, chosen, markAll, paintAll, type Slot, type Totals, totalsOf } from "./cards";
import { destination, inOrder } from "./graph_keys";
import {
  drawing,
  foldButton,
  frameOf,
  graphTools,
  inputNode,
  matching,
  nodeOf,
  outermost,
  PAD,
} from "./graph_parts";
import { asKind, type Context, lookOf, type Rendered } from "./view";

const SIZES = { card: { width: 128, height: 210 }, input: { width: 62, height: 28 } };
const STEP = 1.25;

export function graphView(network: Network, ctx: Context): Rendered {
  const graph = new GraphView(network, ctx);
  return {
    element: graph.element,
    update: (answer, now) => graph.update(answer, now),
    refresh: (now) => graph.refresh(now),
  };
}

class GraphView {
  readonly element: HTMLElement;
  #network: Network;
  #ctx: Context;
  #tree: Tree;
  #links: Link[];
  #totals: Totals;
  #folded: Set<string>;
  #zoom: Zoom;
  #bar: GraphBar;
  #slots = new Map<string, Slot>();
  #layout: Layout = { width: 0, height: 0, nodes: [], frames: [], lines: [] };
  #shown: Answer<Overview> | null = null;
  #painted = "";
  #revealed = "";
  #matches: string[] = [];
  #match = -1;

  constructor(network: Network, ctx: Context) {
    this.#network = network;
    this.#ctx = ctx;
    this.#tree = treeOf(network.cards);
    this.#links = linksOf(this.#tree);
    this.#totals = totalsOf(this.#tree);
    this.#folded = foldedAtFirst(this.#tree);
    this.#zoom = zoomable(ctx.signal);
    const events = {
      act: (action: BarAction) => this.#act(action),
      search: (text: string) => this.#search(text),
      next: (direction: 1 | -1) => this.#next(direction),
    };
    const foldable = groupsOf(this.#tree).length > 0;
    this.#bar = graphBar(events, foldable, ctx.say, ctx.signal);
    this.#bar.element.append(graphTools(this.#zoom.element, ctx));
    this.element = h("div", { class: "kv-graph" }, this.#bar.element, this.#zoom.element);
    this.element.addEventListener("click", (event) => this.#click(event), { signal: ctx.signal });
    this.element.addEventListener("keydown", (event) => this.#key(event), { signal: ctx.signal });
    this.#place();
  }

  update(answer: Answer, now: Context): boolean {
    const list = asKind(answer, "network");
    if (list && list.payload !== this.#network)
      return JSON.stringify(list.payload) === JSON.stringify(this.#network);
    this.#shown = asKind(answer, "overview") ?? this.#shown;
    this.#painted = "";
    this.refresh(now);
    return true;
  }

  refresh(now: Context): void {
    this.#ctx = now;
    if (this.#shown && this.#painted !== lookOf(now)) {
      paintAll(this.#slots.values(), this.#shown, now);
      this.#painted = lookOf(now);
    }
    this.#select();
  }

  /** Lays out and puts every card, frame and line in its place. */
  #place(): void {
    const found = layoutOf(this.#tree, this.#links, this.#folded, SIZES);
    this.#layout = found;
    this.#slots.clear();
    const frames = found.frames.map((box) => frameOf(this.#tree, box, this.#ctx.say));
    const nodes = inOrder(found).map((box) => this.#node(box));
    const [width, height] = [found.width + 2 * PAD, found.height + 2 * PAD];
    this.#zoom.sheet.replaceChildren(...frames, drawing(found, width, height), ...nodes);
    this.#zoom.size(width, height);
    this.#painted = "";
    this.#mark();
    this.refresh(this.#ctx);
  }

  #node(box: Box): HTMLElement {
    const item = this.#tree.get(box.id);
    if (!item || item.kind === "input") return nodeOf(box, inputNode(item?.label ?? ""));
    const slot = cardSlot(this.#tree, item, this.#totals, this.#ctx);
    this.#slots.set(item.id, slot);
    const fold = item.kind === "group" ? foldButton(item, "+", this.#ctx.say) : null;
    return nodeOf(box, slot.button, fold);
  }

  #click(event: Event): void {
    const target = event.target as Element;
    const fold = target.closest<HTMLElement>("[data-fold]")?.dataset.fold;
    if (fold !== undefined) return this.#toggle(fold);
    const id = target.closest<HTMLElement>(".kv-card")?.dataset.item;
    const item = id === undefined ? undefined : this.#tree.get(id);
    if (item?.card) this.#ctx.emit({ type: "layer", path: item.card.path });
    else if (item) this.#toggle(item.id);
  }

  #key(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return;
    const id = (event.target as HTMLElement).dataset.item;
    const acts: Record<string, BarAction> = {
      "+": "zoom_in",
      "=": "zoom_in",
      "-": "zoom_out",
      "0": "fit",
    };
    const act = acts[key];
    const to = id === undefined ? null : destination(key, id, this.#layout);
    if (act) this.#act(act);
    else if (key === "f" && id !== undefined) this.#toggleAt(id);
    else if (to !== null) this.#go(to);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A folded group unfolds; inside an unfolded one, the innermost folds. */
  #toggleAt(id: string): void {
    const item = this.#tree.get(id);
    if (item?.kind === "group") this.#toggle(id);
    else if (item && item.parent !== "") this.#toggle(item.parent);
  }

  #toggle(id: string): void {
    const opened = this.#folded.delete(id);
    if (!opened) this.#folded.add(id);
    this.#place();
    const focus = opened ? (outermost(this.#layout, this.#tree, id) ?? id) : id;
    this.#reveal(focus);
    this.#slots.get(focus)?.button.focus({ preventScroll: true });
  }

  #go(id: string): void {
    this.#reveal(id);
    this.#slots.get(id)?.button.focus({ preventScroll: true });
    const output = outputOf(this.#tree, id);
    if (output) this.#ctx.emit({ type: "layer", path: output.path });
  }

  #act(action: BarAction): void {
    if (action === "zoom_in") return this.#zoom.by(STEP);
    if (action === "zoom_out") return this.#zoom.by(1 / STEP);
    if (action === "fit") return this.#zoom.fit();
    const groups = groupsOf(this.#tree);
    const some = groups.some((id) => this.#folded.has(id));
    this.#folded = new Set(some ? [] : groups);
    this.#place();
  }

  // Searching: by name, path or kind; what is folded away is found as well.

  #search(text: string): void {
    const wanted = text.trim().toLowerCase();
    this.#matches = wanted ? matching(this.#tree, wanted) : [];
    this.#match = -1;
    this.element.classList.toggle("kv-searching", wanted !== "");
    this.#mark();
  }

  #next(direction: 1 | -1): void {
    const count = this.#matches.length;
    if (count === 0) return;
    this.#match =
      this.#match < 0 && direction < 0 ? count - 1 : (this.#match + direction + count) % count;
    const id = this.#matches[this.#match] ?? "";
    const closed = lineOf(this.#tree, id)
      .slice(1)
      .filter((each) => this.#folded.delete(each.id));
    if (closed.length > 0) this.#place();
    this.#mark();
    this.#reveal(id);
    const card = this.#tree.get(id)?.card;
    if (card) this.#ctx.emit({ type: "layer", path: card.path });
  }

  #mark(): void {
    const shown = new Set(this.#matches.map((id) => shownAs(this.#tree, this.#folded, id)));
    for (const { id, button } of this.#slots.values())
      button.classList.toggle("kv-match", shown.has(id));
    this.#bar.found(this.#match, this.#matches.length, this.#ctx.say);
  }

  // The layer that is looked at.

  #select(): void {
    const { layer } = this.#ctx.state;
    const current = layer ? shownAs(this.#tree, this.#folded, layer) : "";
    for (const { id, button } of this.#slots.values()) {
      chosen(button, id === current, layer !== current ? layer : "");
    }
    markAll(this.#slots.values(), this.#ctx);
    const stop = this.#slots.get(current) ?? [...this.#slots.values()][0];
    if (stop) stop.button.tabIndex = 0;
    if (this.element.isConnected && this.#revealed !== layer && this.#slots.has(current)) {
      this.#reveal(current, this.#revealed === "");
      this.#revealed = layer;
    }
  }

  #reveal(id: string, level = false): void {
    const { nodes, frames } = this.#layout;
    const box = [...nodes, ...frames].find((each) => each.id === id);
    if (box) this.#zoom.reveal({ ...box, x: box.x + PAD, y: box.y + PAD }, level);
  }
}
