/** The tiles of a layer's maps, in pages: what is held, painted and selected. */

import { h, setText } from "../dom";
import { cellAt, paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import { formatNumber, formatShape } from "../draw/format";
import { colorLevels, fitSize, maximumLevel } from "../draw/pixels";
import type { Domain, FeatureMaps } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { type Context, lookOf } from "./view";

/** Maps of one request. */
export const PAGE = 64;
/** How large a map is drawn: as large as lets all of them be seen at once, within reason. */
const TILES = [216, 160, 120, 96, 80] as const;
const TILE_PADDING = 6;
const GAP = 6;
const NAME = 15;
/** What stands above the maps in their panel. */
const ABOVE = 96;

export interface MapGrid {
  element: HTMLElement;
  /** Takes the answer for one page; makes room for the page after it. */
  hold(answer: Answer<FeatureMaps>): void;
  repaint(ctx: Context): void;
  /** Fits the maps to the panel. */
  fit(answer: Answer<FeatureMaps>, ctx: Context): void;
  select(unit: number): HTMLElement | null;
  page(place: number): Answer<FeatureMaps> | undefined;
  cellOf(
    tile: HTMLElement,
    event: MouseEvent,
  ): { place: number; row: number; column: number } | null;
}

/** Which unit stands at a place: another one than its number where the maps are sorted. */
export function unitAt({ tensors }: Answer<FeatureMaps>, place: number): number {
  return tensors.get("order")?.values[place] ?? place;
}

/** The scale of one map: the layer's, or its own. `i` counts within the answer. */
export function domainAt({ payload, tensors }: Answer<FeatureMaps>, i: number): Domain {
  const [low = 0, high = 0] = ["low", "high"].map((name) => tensorOf(tensors, name).values[i]);
  return { ...payload.head.domain, low, high, signed: payload.signed };
}

export function mapGrid(): MapGrid {
  const element = h("div", { class: "kv-maps" });
  const pages = new Map<number, Answer<FeatureMaps>>();
  const painted = new Map<number, string>();
  const page = (place: number) => pages.get(Math.floor(place / PAGE) * PAGE);
  return {
    element,
    page,
    hold(answer) {
      const { start, head } = answer.payload;
      pages.set(start, answer);
      painted.delete(start);
      const block = pageBlock(element, start, head.num_units);
      block.dataset.sample = String(head.sample);
      if (start + PAGE < head.num_units) pageBlock(element, start + PAGE, head.num_units);
    },
    repaint(ctx) {
      for (const [start, answer] of pages) {
        if (painted.get(start) !== lookOf(ctx)) paintPage(element, start, answer, ctx);
        painted.set(start, lookOf(ctx));
      }
    },
    fit: (answer, ctx) => fitTiles(element, answer, ctx),
    select: (unit) => selectTile(element, unit),
    cellOf(tile, event) {
      const place = Number(tile.dataset.place);
      const held = page(place);
      const canvas = tile.querySelector("canvas");
      if (!held || !canvas) return null;
      const [, rows = 1, columns = 1] = tensorOf(held.tensors, "maps").shape;
      return { place, ...cellAt(canvas, event, rows, columns) };
    },
  };
}

/** The block of one page, made with empty tiles of the right size if it is not there yet. */
function pageBlock(grid: HTMLElement, start: number, total: number): HTMLElement {
  const known = grid.querySelector<HTMLElement>(`[data-page="${start}"]`);
  if (known) return known;
  const block = h("div", { class: "kv-page", "data-page": start });
  for (let place = start; place < Math.min(start + PAGE, total); place += 1) {
    block.append(emptyTile(place));
  }
  grid.append(block);
  return block;
}

function fitTiles(
  grid: HTMLElement,
  { payload, tensors }: Answer<FeatureMaps>,
  { width, height }: Context,
): void {
  const [, rows = 1, columns = 1] = tensorOf(tensors, "maps").shape;
  const count = payload.head.num_units;
  const fits = (box: number) => {
    const [wide, tall] = fitSize(rows, columns, box);
    const across = Math.floor((width + GAP - 12) / (wide + TILE_PADDING + GAP));
    return Math.ceil(count / across) * (tall + TILE_PADDING + NAME + GAP) <= height - ABOVE;
  };
  const box = TILES.find(fits) ?? TILES[TILES.length - 1] ?? 80;
  const [wide, tall] = fitSize(rows, columns, box);
  grid.style.setProperty("--kv-tile", `${wide + TILE_PADDING}px`);
  grid.style.setProperty("--kv-map-width", `${wide}px`);
  grid.style.setProperty("--kv-map-height", `${tall}px`);
  grid.classList.toggle("kv-smooth-maps", Math.max(rows, columns) > box);
}

function emptyTile(place: number): HTMLElement {
  const canvas = h("canvas", { class: "kv-canvas", width: 1, height: 1, role: "img" });
  return h(
    "button",
    { type: "button", class: "kv-tile", "data-place": place, "data-unit": place, tabindex: -1 },
    canvas,
    h("span", { class: "kv-tile-name", text: String(place) }),
  );
}

function paintPage(
  grid: HTMLElement,
  start: number,
  answer: Answer<FeatureMaps>,
  ctx: Context,
): void {
  const tiles = grid.querySelectorAll<HTMLElement>(`[data-page="${start}"] .kv-tile`);
  const maps = tensorOf(answer.tensors, "maps");
  const [count = 0, rows = 0, columns = 0] = maps.shape;
  const table = tableFor(answer.payload.signed, ctx.dark, ctx.sequential);
  for (let i = 0; i < count; i += 1) {
    const tile = tiles[i];
    const canvas = tile?.querySelector("canvas");
    if (!tile || !canvas) continue;
    nameTile(tile, unitAt(answer, start + i));
    const levels = maps.values.subarray(i * rows * columns, (i + 1) * rows * columns);
    paint(canvas, rows, columns, colorLevels(levels, table));
    canvas.setAttribute("aria-label", altOf(answer, i, levels, ctx));
  }
}

function nameTile(tile: HTMLElement, unit: number): void {
  tile.dataset.unit = String(unit);
  const name = tile.querySelector(".kv-tile-name");
  if (name) setText(name, String(unit));
}

function altOf(
  answer: Answer<FeatureMaps>,
  i: number,
  levels: ArrayLike<number>,
  { say }: Context,
): string {
  const { tensors } = answer;
  const [, rows = 1, columns = 1] = tensorOf(tensors, "maps").shape;
  const shape = formatShape([rows, columns]);
  const unit = unitAt(answer, answer.payload.start + i);
  const best = maximumLevel(levels);
  if (!best) return say("flat_map_alt", { unit, shape });
  return say("map_alt", {
    unit,
    shape,
    low: formatNumber(tensors.get("minimum")?.values[i]),
    high: formatNumber(tensors.get("maximum")?.values[i]),
    row: Math.floor(best.index / columns),
    column: best.index % columns,
  });
}

function selectTile(grid: HTMLElement, unit: number): HTMLElement | null {
  for (const old of grid.querySelectorAll(".kv-tile[aria-pressed=true]")) {
    old.setAttribute("aria-pressed", "false");
  }
  const tile = grid.querySelector<HTMLElement>(`.kv-tile[data-unit="${unit}"]`);
  tile?.setAttribute("aria-pressed", "true");
  return tile;
}
