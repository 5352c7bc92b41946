/** One sample in the strip: its small picture, its label, and whether the model is right. */
import { h, setAttributes, svg } from "../dom";
import { paint } from "../draw/canvas";
import { type Sequential, tableFor } from "../draw/colormap";
import { formatCount } from "../draw/format";
import { linePath } from "../draw/paths";
import { colorImage, colorLevels, fitSize } from "../draw/pixels";
import { linear } from "../draw/scale";
import type { Say } from "../text";
import type { Small, Thumbs, Verdict } from "./thumbs";

/** Pixels of the tile's side, and from one tile to the next. */
export const TILE = 48;
export const PITCH = 56;

export interface ThumbLook {
  say: Say;
  dark: boolean;
  sequential: Sequential;
}

/** Draws it into `element`; called again when its picture or its verdict arrives. */
export function drawThumb(
  element: HTMLElement,
  sample: number,
  thumbs: Thumbs,
  look: ThumbLook,
): void {
  const [small, verdict] = [thumbs.get(sample), thumbs.verdict(sample)];
  const forgotten = !small && !thumbs.failure(sample) && element.querySelector("canvas") !== null;
  if (forgotten) return; // a picture that was dropped from memory stays on the screen
  const marks = `${verdict?.predicted} ${verdict?.correct}`;
  const drawn = `${sample} ${small?.serial} ${marks} ${thumbs.failure(sample)} ${lookOf(small, look)}`;
  if (element.dataset.drawn === drawn) return;
  element.dataset.drawn = drawn;
  const words = [describe(sample, small, verdict, look.say), thumbs.failure(sample)]
    .filter(Boolean)
    .join(" · ");
  setAttributes(element, { "aria-label": words, title: words });
  const tile = h("span", { class: "kv-thumb-tile" }, small ? pictureOf(small, look) : null);
  const caption = h("span", { class: "kv-thumb-caption" });
  const name = small?.item.label ?? verdict?.predicted ?? null;
  caption.append(h("span", { class: "kv-thumb-name", text: name ?? formatCount(sample) }));
  if (verdict && verdict.correct !== null) {
    const right = verdict.correct;
    caption.append(h("span", { class: right ? "kv-right" : "kv-wrong", text: right ? "✓" : "✗" }));
  }
  if (tile.childElementCount === 0) tile.append(h("span", { text: formatCount(sample) }));
  element.replaceChildren(tile, caption);
}

function lookOf(small: Small | undefined, { say, dark, sequential }: ThumbLook): string {
  const colored = small?.item.form === "heat" ? `${dark} ${sequential}` : "";
  return colored + say("sample");
}

function describe(
  sample: number,
  small: Small | undefined,
  verdict: Verdict | undefined,
  say: Say,
): string {
  const parts = [`${say("sample")} ${formatCount(sample)}`];
  if (small?.item.text) parts.push(small.item.text);
  const label = small?.item.label ?? null;
  if (label !== null) parts.push(`${say("label")} ${label}`);
  const predicted = verdict?.predicted ?? null;
  if (predicted !== null) parts.push(`${say("predicted")} ${predicted}`);
  const correct = verdict?.correct ?? null;
  if (correct !== null) parts.push(say(correct ? "correct" : "wrong"));
  return parts.join(" · ");
}

/** A small picture, fitted into a square of `side` pixels. */
export function pictureOf(
  { item, levels }: Pick<Small, "item" | "levels">,
  look: Omit<ThumbLook, "say">,
  side = TILE,
): Element | null {
  const { form, height, width, depth, text } = item;
  if (form === "none") return null;
  if (form === "text") return h("span", { class: "kv-thumb-text", text });
  if (form === "line") return lineOf(levels);
  const canvas = h("canvas", { class: "kv-canvas" });
  const table = tableFor(item.domain.signed, look.dark, look.sequential);
  const image = form === "picture" ? colorImage(levels, depth) : colorLevels(levels, table);
  paint(canvas, height, width, image);
  const [wide, tall] = fitSize(height, width, side);
  const flat = form === "heat" && height === 1;
  canvas.style.width = `${flat ? side : wide}px`;
  canvas.style.height = `${flat ? side / 3 : tall}px`;
  return canvas;
}

/** A spark line; where a value is not finite it is broken. */
function lineOf(levels: Uint8Array): SVGSVGElement {
  const values = Array.from(levels, (level) => (level === 255 ? Number.NaN : level));
  const x = linear([0, Math.max(1, values.length - 1)], [3, TILE - 3]);
  const y = linear([0, 254], [TILE - 5, 5]);
  const path = svg("path", { d: linePath(values, x, y), class: "kv-spark" });
  const attributes = {
    viewBox: `0 0 ${TILE} ${TILE}`,
    class: "kv-thumb-line",
    "aria-hidden": "true",
  };
  return svg("svg", attributes, path);
}
