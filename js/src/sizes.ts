/** How much room each panel has; a panel whose room changed is drawn again. */
import type { Panel } from "./panel";

interface Size {
  width: number;
  height: number;
}

/** Drawn before the page has been measured. */
const FIRST: Size = { width: 560, height: 420 };

export class Sizes {
  #sizes = new Map<Panel, Size>();

  /** Of the `flowing` ones only the width counts: they are as high as what is in them. */
  constructor(panels: readonly Panel[], flowing: readonly Panel[], signal: AbortSignal) {
    const observer = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const panel = panels.find(({ body }) => body === target);
        if (panel) this.#resized(panel, contentRect, flowing.includes(panel));
      }
    });
    for (const { body } of panels) observer.observe(body);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }

  of(panel: Panel): Size {
    return this.#sizes.get(panel) ?? FIRST;
  }

  #resized(panel: Panel, rect: Size, flowing: boolean): void {
    const size = { width: Math.floor(rect.width), height: Math.floor(rect.height) };
    const before = this.#sizes.get(panel);
    const same = before?.width === size.width && (flowing || before.height === size.height);
    if (same || size.width === 0) return;
    this.#sizes.set(panel, size);
    panel.refresh();
  }
}
