/** Small heat maps side by side, all on one scale. */
import { h, setText } from "../dom";
import { cellAt, paint } from "../draw/canvas";
import { tableFor } from "../draw/colormap";
import { fitSize } from "../draw/pixels";
import { roving } from "../parts/roving";
import type { Figure } from "../protocol.gen";
import type { Tensor } from "../tensor";
import { type Say, wordOf } from "../text";
import type { Context } from "../views/view";
import { altOf, colorsOf, type Draw, numberAt, placeName, placeOn, placeText } from "./figure";

const BOX = { few: 120, many: 72 };
const FEW = 12;
const PADDING = 6;
/** What a name below a tile takes. */
const NAMED = 84;

interface Now {
  figure: Figure;
  tensor: Tensor;
  say: Say;
}

export const tiles: Draw = (ctx, events) => {
  const element = h("div", { class: "kv-page" });
  const stops = roving(element, ".kv-tile", ctx.signal);
  let now: Now | null = null;
  const tileOf = (event: Event) => (event.target as Element).closest<HTMLElement>(".kv-tile");
  const listen = (
    name: "pointermove" | "pointerleave" | "click",
    then: (event: PointerEvent) => void,
  ) =>
    element.addEventListener(name, (event) => then(event as PointerEvent), { signal: ctx.signal });
  listen("pointermove", (event) => {
    const tile = tileOf(event);
    events.read(now && tile && readout(now, tile, event));
  });
  listen("pointerleave", () => events.read(null));
  listen("click", (event) => {
    const tile = tileOf(event);
    const along = now?.figure.axes[0];
    if (tile && along?.pick) events.pick(along, Number(tile.dataset.place));
  });
  return {
    element,
    show(figure, tensor, context) {
      now = { figure, tensor, say: context.say };
      const [count = 0, rows = 1, columns = 1] = tensor.shape;
      const size = fitSize(rows, columns, count <= FEW ? BOX.few : BOX.many);
      const least = (figure.axes[0]?.labels.length ?? 0) > 0 ? NAMED : 0;
      element.style.setProperty("--kv-tile", `${Math.max(least, size[0] + PADDING)}px`);
      while (element.childElementCount > count) element.lastElementChild?.remove();
      while (element.childElementCount < count)
        element.append(emptyTile(element.childElementCount));
      for (let i = 0; i < count; i += 1)
        show(element.children[i] as HTMLElement, i, now, size, context);
      stops.settle(element.querySelector<HTMLElement>("[aria-pressed=true]"));
      return true;
    },
  };
};

function emptyTile(place: number): HTMLElement {
  const canvas = h("canvas", { class: "kv-canvas", role: "img" });
  const name = h("span", { class: "kv-tile-name" });
  return h(
    "button",
    { type: "button", class: "kv-tile", "data-place": place, tabindex: -1 },
    canvas,
    name,
  );
}

function show(
  tile: HTMLElement,
  i: number,
  { figure, tensor }: Now,
  [width, height]: [number, number],
  ctx: Context,
) {
  const [, rows = 1, columns = 1] = tensor.shape;
  const canvas = tile.querySelector("canvas");
  const name = tile.querySelector(".kv-tile-name");
  const along = figure.axes[0];
  if (!canvas || !name) return;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const part = {
    ...tensor,
    values: tensor.values.subarray(i * rows * columns, (i + 1) * rows * columns),
  };
  const table = tableFor(figure.domain.signed, ctx.dark, ctx.sequential);
  paint(canvas, rows, columns, colorsOf(part, figure, table));
  const alone = { ...figure, axes: figure.axes.slice(1) };
  canvas.setAttribute("aria-label", altOf(alone, { ...part, shape: [rows, columns] }, ctx));
  setText(name, wordOf(ctx.say, placeName(along, i)));
  if (along?.pick) tile.setAttribute("aria-pressed", String(along.chosen === i));
  tile.classList.toggle("kv-still", !along?.pick);
}

function readout({ figure, tensor, say }: Now, tile: HTMLElement, event: PointerEvent): string {
  const canvas = tile.querySelector("canvas");
  const [, rows = 1, columns = 1] = tensor.shape;
  if (!canvas) return "";
  const i = Number(tile.dataset.place);
  const { row, column } = cellAt(canvas, event, rows, columns);
  const [first, down, across] = figure.axes;
  const places = [
    wordOf(say, placeText(first, i, say)),
    placeOn(down, row, say),
    placeOn(across, column, say),
  ];
  return `${places.join(", ")}: ${numberAt(tensor, (i * rows + row) * columns + column, figure)}`;
}
