/** A bqplot figure, which Python keeps up to date; our own drawing where there can be none. */
import { h } from "../dom";
import type { Drawing } from "../figures/figure";
import type { Mounted } from "../host";
import type { Figure } from "../protocol.gen";
import type { Tensor } from "../tensor";
import type { Context } from "../views/view";

export interface ChartBox {
  /** The width of the box may be another one. */
  resize(width: number): void;
  /** Draws again, where the drawing is ours. */
  draw(): void;
}

export function chartBox(
  name: string,
  box: HTMLElement,
  ctx: Context,
  own: { element: Element; draw(): void },
): ChartBox {
  let mounted: Mounted | null = null;
  let alone = false;
  const put = (found: Mounted) => {
    mounted = found;
    if (ctx.signal.aborted) found.remove();
    else ctx.signal.addEventListener("abort", () => found.remove(), { once: true });
  };
  const instead = () => {
    alone = true;
    box.replaceChildren(own.element);
    own.draw();
  };
  const chart = ctx.chart?.(name, box) ?? null;
  if (chart) void chart.then(put, instead);
  else instead();
  return {
    resize(width) {
      if (box.style.width === `${width}px`) return;
      box.style.width = `${width}px`;
      mounted?.resize();
    },
    draw: () => {
      if (alone) own.draw();
    },
  };
}

export interface ChartPlace {
  element: HTMLElement;
  show(figure: Figure, tensor: Tensor, ctx: Context, width: number): void;
}

/** The same for one of the figures that a sheet may have. */
export function chartPlace(name: string, drawing: Drawing, ctx: Context): ChartPlace {
  const element = h("div", { class: "kv-chart" });
  let shown: Parameters<Drawing["show"]> | null = null;
  const draw = () => {
    if (shown) drawing.show(...shown);
  };
  const chart = chartBox(name, element, ctx, { element: drawing.element, draw });
  return {
    element,
    show(figure, tensor, now, width) {
      chart.resize(width);
      shown = [figure, tensor, { ...now, width }];
      chart.draw();
    },
  };
}

/** What d3 keeps with the element under the pointer, also below what lies over it, as a selector does. */
export function datumUnder(event: MouseEvent): Record<string, unknown> | null {
  for (const element of document.elementsFromPoint(event.clientX, event.clientY)) {
    const datum = (element as { __data__?: unknown }).__data__;
    if (datum && typeof datum === "object") return datum as Record<string, unknown>;
  }
  return null;
}
