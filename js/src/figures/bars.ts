/** One bar for each place of an axis. */
import { h, svg } from "../dom";
import { tableFor } from "../draw/colormap";
import { formatExact } from "../draw/format";
import { barsPath } from "../draw/paths";
import { coloredBars } from "../parts/bars";
import { type Plot, placeAt, plot, rangeWithZero } from "../parts/plot";
import type { Figure } from "../protocol.gen";
import type { Tensor } from "../tensor";
import { type Say, wordOf } from "../text";
import { columnAt } from "../views/units";
import type { Context } from "../views/view";
import { altOf, type Draw, placeName, placeText } from "./figure";
import { MOST_NAMED, namedBars } from "./named_bars";

const HEIGHT = 190;
const WIDEST = 46;

interface Now {
  figure: Figure;
  tensor: Tensor;
  drawn: Plot;
  say: Say;
}

export const bars: Draw = (ctx, events) => {
  const element = h("div", { class: "kv-plot-box" });
  let now: Now | null = null;
  const at = (event: Event) =>
    now ? placeAt(now.drawn, event as MouseEvent, now.tensor.values.length) : -1;
  const listen = (name: string, then: (event: Event) => void) =>
    element.addEventListener(name, then, { signal: ctx.signal });
  listen("pointermove", (event) => events.read(now && readout(now, at(event))));
  listen("pointerleave", () => events.read(null));
  listen("click", (event) => {
    const along = now?.figure.axes[0];
    if (along?.pick) events.pick(along, at(event));
  });
  return {
    element,
    show(figure, tensor, context) {
      if (isNamed(figure, tensor)) {
        element.replaceChildren(namedBars(figure, tensor, context));
        now = null;
        return true;
      }
      const drawn = draw(figure, tensor, context);
      element.classList.toggle("kv-clickable", Boolean(figure.axes[0]?.pick));
      element.replaceChildren(drawn.drawing);
      now = { figure, tensor, drawn, say: context.say };
      return true;
    },
  };
};

function isNamed({ axes }: Figure, { values }: Tensor): boolean {
  const [along] = axes;
  return Boolean(along && along.labels.length > 0 && !along.pick) && values.length <= MOST_NAMED;
}

function readout({ figure, tensor, say }: Now, place: number): string {
  const value = formatExact(tensor.values[place] ?? Number.NaN);
  return `${placeText(figure.axes[0], place, say)}: ${value}`;
}

function draw(figure: Figure, tensor: Tensor, ctx: Context): Plot {
  const { values } = tensor;
  const [along] = figure.axes;
  const width = Math.min(ctx.width, 64 + WIDEST * values.length);
  const names = {
    x: wordOf(ctx.say, along?.name ?? "").toLowerCase(),
    label: altOf(figure, tensor, ctx),
  };
  const round =
    figure.plain && along ? { start: along.start, step: along.step, edges: true } : null;
  const label = (place: number) => placeName(along, place);
  const places = { label, count: values.length, ...(round && { scale: round }) };
  const range = rangeWithZero(values);
  const drawn = plot({ width, height: HEIGHT }, names, places, range);
  const { x, y, drawing } = drawn;
  const table = tableFor(figure.domain.signed, ctx.dark, ctx.sequential);
  if (along && along.chosen >= 0) drawing.prepend(columnAt(drawn, along.chosen));
  drawing.append(
    ...(figure.plain
      ? [svg("path", { class: "kv-bar", d: barsPath(values, x, y), fill: "var(--kv-bar)" })]
      : coloredBars(drawn, values, figure.domain, table)),
    svg("line", { class: "kv-zero", x1: x(0), x2: x(values.length), y1: y(0), y2: y(0) }),
  );
  return drawn;
}
