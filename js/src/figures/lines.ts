/** Lines over one axis, named in a key; the numbers under the pointer are all of that place. */
import { h, svg } from "../dom";
import { formatExact } from "../draw/format";
import { joinedPath, linePath } from "../draw/paths";
import type { Scale } from "../draw/scale";
import { type Places, type Plot, placeAt, plot } from "../parts/plot";
import type { Along, Figure } from "../protocol.gen";
import type { Tensor } from "../tensor";
import { type Say, wordOf } from "../text";
import { altOf, type Draw, placeName, placeText } from "./figure";

const HEIGHT = 190;
/** So many numbers are drawn as dots too. */
const FEW = 40;

interface Now {
  figure: Figure;
  tensor: Tensor;
  drawn: Plot;
  say: Say;
}

export const lines: Draw = (ctx, events) => {
  const box = h("div", { class: "kv-plot-box" });
  const key = h("div", { class: "kv-key" });
  const cursor = svg("line", { class: "kv-cursor", visibility: "hidden" });
  let now: Now | null = null;
  const hover = (event: PointerEvent | null) => {
    const place = now && event && placeAt(now.drawn, event, now.tensor.shape[1] ?? 0);
    cursor.setAttribute("visibility", place === null ? "hidden" : "visible");
    if (!now || place === null) return events.read(null);
    const x = String(now.drawn.x(place + 0.5));
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    events.read(readout(now, place));
  };
  box.addEventListener("pointermove", hover, { signal: ctx.signal });
  box.addEventListener("pointerleave", () => hover(null), { signal: ctx.signal });
  return {
    element: h("div", {}, box, key),
    show(figure, tensor, context) {
      const [, count = 0] = tensor.shape;
      const [along] = figure.axes;
      const names = {
        x: wordOf(context.say, along?.name ?? "").toLowerCase(),
        label: altOf(figure, tensor, context),
      };
      const places = placesOf(along, count);
      const { low, high } = figure.domain;
      const range = [low, high > low ? high : low + 1] as const;
      const drawn = plot({ width: context.width, height: HEIGHT }, names, places, range);
      drawn.drawing.append(...paths(drawn, tensor, figure), cursor);
      const [top, bottom] = [drawn.y(range[1]), drawn.y(range[0])];
      cursor.setAttribute("y1", String(top));
      cursor.setAttribute("y2", String(bottom));
      key.replaceChildren(...keyOf(figure, context.say));
      box.replaceChildren(drawn.drawing);
      now = { figure, tensor, drawn, say: context.say };
      return true;
    },
  };
};

/** An axis of broken numbers gets round ticks; whole places are called by their numbers or names. */
function placesOf(along: Along | undefined, count: number): Places {
  const places: Places = { label: (place) => placeName(along, place), count };
  if (along && !Number.isInteger(along.step)) {
    places.scale = { start: along.start, step: along.step };
  }
  return places;
}

function paths({ x, y }: Plot, { values, shape }: Tensor, { joined }: Figure): SVGElement[] {
  const [series = 0, count = 0] = shape;
  const middle = Object.assign((value: number) => x(value + 0.5), { invert: x.invert });
  const zero = svg("line", { class: "kv-zero", x1: x(0), x2: x(count), y1: y(0), y2: y(0) });
  const all = Array.from({ length: series }, (_, i) => values.subarray(i * count, (i + 1) * count));
  const drawn = all.map((line, i) => {
    const d = (joined ? joinedPath : linePath)(line, middle, y);
    return svg("path", { class: `kv-trace kv-series-${i % 6}`, d });
  });
  const dots = joined ? all.flatMap((line) => dotsOf(line, middle, y)) : [];
  return y.invert(y(0)) === 0 ? [zero, ...drawn, ...dots] : [...drawn, ...dots];
}

/** The numbers themselves, where there are few of them. */
function dotsOf(values: ArrayLike<number>, x: Scale, y: Scale): SVGElement[] {
  const finite = Array.from(values, (value, i) => [i, value] as const).filter(([, value]) =>
    Number.isFinite(value),
  );
  if (finite.length > FEW) return [];
  return finite.map(([i, value]) =>
    svg("circle", { class: "kv-dot", cx: x(i), cy: y(value), r: 2.5 }),
  );
}

function keyOf({ series }: Figure, say: Say): HTMLElement[] {
  if (series.length < 2) return [];
  return series.map((name, i) =>
    h(
      "span",
      { class: "kv-key-item" },
      h("span", { class: `kv-key-line kv-series-${i % 6}` }),
      h("span", { text: wordOf(say, name) }),
    ),
  );
}

function readout({ figure, tensor, say }: Now, place: number): string {
  const [series = 0, count = 0] = tensor.shape;
  const numbers = Array.from({ length: series }, (_, i) => {
    const value = formatExact(tensor.values[i * count + place] ?? Number.NaN);
    const name = figure.series[i];
    return name ? `${wordOf(say, name)} ${value}` : value;
  });
  return `${placeText(figure.axes[0], place, say)}: ${numbers.join(" · ")}`;
}
