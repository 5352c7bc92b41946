/** A figure of a panel: the bqplot chart of its name, which Python keeps up to date, or our own drawing where there is none. */
import { h } from "../dom";
import type { Drawing } from "../figures/figure";
import type { Mounted } from "../host";
import type { Figure } from "../protocol.gen";
import type { Tensor } from "../tensor";
import type { Context } from "../views/view";

export interface ChartPlace {
  element: HTMLElement;
  show(figure: Figure, tensor: Tensor, ctx: Context, width: number): void;
}

export function chartPlace(name: string, drawing: Drawing, ctx: Context): ChartPlace {
  const element = h("div", { class: "kv-chart" });
  let mounted: Mounted | null = null;
  let draw = () => {};
  let shown: Parameters<Drawing["show"]> | null = null;
  const put = (found: Mounted) => {
    mounted = found;
    if (ctx.signal.aborted) found.remove();
    else ctx.signal.addEventListener("abort", () => found.remove(), { once: true });
  };
  const alone = () => {
    element.replaceChildren(drawing.element);
    draw = () => {
      if (shown) drawing.show(...shown);
    };
    draw();
  };
  const chart = ctx.chart?.(name, element) ?? null;
  if (chart) void chart.then(put, alone);
  else alone();
  return {
    element,
    show(figure, tensor, now, width) {
      const resized = element.style.width !== `${width}px`;
      element.style.width = `${width}px`;
      if (resized) mounted?.resize();
      shown = [figure, tensor, { ...now, width }];
      draw();
    },
  };
}
