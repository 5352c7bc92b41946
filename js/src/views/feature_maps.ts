/** The maps of a layer, all on one colour scale. Pages that were not asked for yet load on scroll. */
import { formatApproximate, formatNumber } from "../draw/format";
import { levelStep, valueOfLevel } from "../draw/pixels";
import { frame } from "../parts/frame";
import { roving } from "../parts/roving";
import type { FeatureMaps, LayerHead } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { domainAt, type MapGrid, mapGrid, unitAt } from "./map_grid";
import { placeOf } from "./matrix";
import { asKind, type Context, type Rendered, type View } from "./view";

interface Pointed {
  place: number;
  row: number;
  column: number;
}

export const featureMaps: View<FeatureMaps> = {
  kind: "feature_maps",
  render(answer, ctx) {
    const outer = frame(ctx.say("hover_hint"), ctx);
    const grid = mapGrid();
    outer.picture.classList.add("kv-scroll");
    outer.picture.append(grid.element);
    const tabs = roving(grid.element, ".kv-tile", ctx.signal);
    let first = answer;
    let pointed: Pointed | null = null;
    const read = (now: Context) => outer.read(pointed && readout(grid, pointed, now));
    const refresh = (now: Context) => {
      const { head, pooled } = first.payload;
      outer.update(head, pooled, now, chosenOf(head, "scale") === "each_map" ? null : head.domain);
      outer.note(chosenOf(head, "scale") === "each_map" ? now.say("own_scales") : "");
      grid.fit(first, now);
      grid.repaint(now);
      tabs.settle(grid.select(now.state.unit));
      read(now);
    };
    const update: Rendered["update"] = (next, now) => {
      const page = asKind(next, "feature_maps");
      if (!page || !fits(page, first)) return false;
      if (page.payload.start === 0) first = page;
      grid.hold(page);
      refresh(now);
      return true;
    };
    const pointer = (hit: Hit | null) => {
      pointed = hit && grid.cellOf(hit.tile, hit.event);
      read(ctx);
    };
    const choose = ({ tile, event }: Hit) => {
      const cell = event.detail > 0 ? grid.cellOf(tile, event) : null; // not by the keyboard
      const place = cell && placeAt(first.payload, cell, Number(tile.dataset.unit));
      ctx.emit({ type: "unit", unit: Number(tile.dataset.unit), place });
    };
    listen(grid.element, ctx, pointer, choose);
    update(answer, ctx);
    return { element: outer.element, update, refresh };
  },
};

function fits({ payload, tensors }: Answer<FeatureMaps>, first: Answer<FeatureMaps>): boolean {
  const [, height, width] = tensorOf(tensors, "maps").shape;
  const [, sameHeight, sameWidth] = tensorOf(first.tensors, "maps").shape;
  const sameLayer = payload.head.path === first.payload.head.path;
  return sameLayer && height === sameHeight && width === sameWidth;
}

interface Hit {
  tile: HTMLElement;
  event: MouseEvent;
}

function listen(
  element: HTMLElement,
  { signal }: Context,
  say: (hit: Hit | null) => void,
  choose: (hit: Hit) => void,
): void {
  const tileAt = (event: Event) => (event.target as Element).closest<HTMLElement>(".kv-tile");
  element.addEventListener(
    "pointermove",
    (event) => {
      const tile = tileAt(event);
      say(tile && { tile, event });
    },
    { signal },
  );
  element.addEventListener("pointerleave", () => say(null), { signal });
  element.addEventListener(
    "click",
    (event) => {
      const tile = tileAt(event);
      if (tile?.dataset.unit !== undefined) choose({ tile, event });
    },
    { signal },
  );
}

/** The place of a cell in the model's own layout; where sliders choose a slice, in that slice. */
function placeAt({ head, pooled }: FeatureMaps, { row, column }: Pointed, unit: number): number[] {
  const slice = head.controls.filter(
    ({ name, form }) => form === "slider" && head.axes.includes(name),
  );
  const stride = Math.round(Math.sqrt(pooled));
  const index = slice.map(({ chosen }) => chosen);
  return placeOf(head, [...index, row * stride, column * stride, unit]);
}

function chosenOf({ controls }: LayerHead, name: string): string | undefined {
  const control = controls.find((each) => each.name === name);
  return control?.values[control.chosen];
}

function readout(grid: MapGrid, { place: at, row, column }: Pointed, { say }: Context): string {
  const held = grid.page(at);
  if (!held) return "";
  const { pooled } = held.payload;
  const unit = unitAt(held, at);
  const maps = tensorOf(held.tensors, "maps");
  const [, height = 0, width = 0] = maps.shape;
  const place = at - held.payload.start;
  const domain = domainAt(held, place);
  const level = maps.values[(place * height + row) * width + column] ?? 255;
  const value = formatApproximate(valueOfLevel(level, domain), levelStep(domain));
  const stride = Math.round(Math.sqrt(pooled));
  const figure = (name: string) => formatNumber(held.tensors.get(name)?.values[place]);
  const range = say("map_range", { low: figure("minimum"), high: figure("maximum") });
  return `${say("unit")} ${unit} (${row * stride}, ${column * stride}) ${value} · ${range}`;
}
