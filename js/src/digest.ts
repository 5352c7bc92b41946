/** What a saved notebook still knows when there is no kernel: the layers and the last scores. */

import { h } from "./dom";
import { formatNumber, formatOutputShape } from "./draw/format";
import type { Digest, Traits } from "./host";
import type { Panel } from "./panel";
import type { Screen } from "./screen";
import type { Say } from "./text";

/** Where nothing was drawn yet: what the notebook saved. */
export function showDigest(
  { digest, title }: Traits,
  place: Panel,
  screen: Screen,
  say: Say,
): void {
  if (place.drawn) return;
  const view = digestView(digest, say);
  if (view) place.put(view);
  screen.describe(title || (digest.model_name ?? ""), null, say);
  screen.bare(true);
}

/** The digest as a picture; null when nothing was saved. */
function digestView(digest: Digest, say: Say): HTMLElement | null {
  const { layers = [], prediction = [], sample = 0 } = digest;
  if (layers.length === 0 && prediction.length === 0) return null;
  const scores = h("ul", { class: "kv-digest-scores" });
  for (const { name, value } of prediction) {
    scores.append(h("li", {}, h("span", { text: name }), h("span", { text: formatNumber(value) })));
  }
  const list = h("ol", { class: "kv-digest-layers" });
  for (const { path, kind, shape } of layers) {
    const words = h("span", { class: "kv-muted", text: `${kind} · ${shapeText(shape)}` });
    list.append(h("li", {}, h("strong", { text: path }), words));
  }
  const title = h("p", {
    class: "kv-label",
    text: say(sample < 0 ? "saved_own" : "saved_picture", { sample }),
  });
  return h("div", { class: "kv-digest" }, title, scores, list);
}

function shapeText(shape: unknown): string {
  if (!Array.isArray(shape)) return "?";
  return formatOutputShape(shape.map((size) => (typeof size === "number" ? size : null)));
}
