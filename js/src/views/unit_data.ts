/** One unit over all samples: those that excite it most, usually and least, how often which number comes, and each class. */
import { h, setText, span } from "../dom";
import { formatNumber } from "../draw/format";
import { bars } from "../figures/bars";
import { chartPlace } from "../parts/chart";
import { tools } from "../parts/tools";
import type { Figure, UnitData } from "../protocol.gen";
import type { Answer } from "../rpc";
import { type Tiles, tiles } from "../scan/tiles";
import { tensorOf } from "../tensor";
import { type Say, textOf, wordOf } from "../text";
import { asKind, type Context, type Rendered, type View } from "./view";

const BESIDE = 940;
const ROWS_WIDTH = 600;
const GAP = 28;
const WIDEST = 520;

export const unitData: View<UnitData> = {
  kind: "unit_data",
  render(answer, ctx) {
    const readout = h("output", { class: "kv-readout" });
    const read = (text: string | null) => setText(readout, text ?? "");
    const rows = tiles(ctx);
    const missing = missingLayer(ctx);
    const placed = answer.payload.figures.map((figure) => placeOf(figure, ctx, read));
    const facts = h("div", { class: "kv-figures" });
    const aside = tools(() => element, ctx.signal);
    const charts = h("div", { class: "kv-data-charts" }, ...placed.map((each) => each.element));
    const right = h("div", { class: "kv-data-right" }, readout, charts, facts, aside.element);
    const element = h("div", { class: "kv-unit-data" }, missing.element, rows.element, right);
    let shown = answer;
    const refresh = (now: Context) => {
      const { payload } = shown;
      for (const part of [rows.element, right]) part.hidden = !payload.watched;
      missing.show(shown, now);
      element.classList.toggle("kv-old", payload.stale);
      element.classList.toggle("kv-beside", now.width >= BESIDE);
      if (!payload.watched) return;
      rows.show(shown, now);
      for (const each of placed) each.show(shown, now);
      facts.replaceChildren(...factsOf(payload, now.say));
      aside.update(payload.code, `${payload.path} ${payload.unit} data`, now.say);
    };
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "unit_data");
      if (found?.payload.figures.length !== shown.payload.figures.length) return false;
      shown = found;
      refresh(now);
      return true;
    };
    refresh(ctx);
    return { element, update, refresh };
  },
};

function factsOf({ facts }: UnitData, say: Say): HTMLElement[] {
  return facts.map(({ name, value }) => {
    const title = name === "data_selectivity" && say("data_selectivity_why");
    return h("div", { title }, span("kv-muted", wordOf(say, name)), value);
  });
}

/** The scan did not look at this layer: it can be made to. */
function missingLayer(ctx: Context): Tiles {
  const text = h("p", { class: "kv-muted" });
  const button = h("button", { type: "button", class: "kv-button" });
  const element = h("div", { class: "kv-data-missing" }, text, button);
  const all = () => ctx.emit({ type: "scan", everyLayer: true });
  button.addEventListener("click", all, { signal: ctx.signal });
  return {
    element,
    show({ payload }: Answer<UnitData>, { say }) {
      element.hidden = payload.watched;
      setText(text, say("data_unwatched", { path: payload.path }));
      setText(button, say("scan_every"));
    },
  };
}

/** What the bar in another colour stands for. */
function markedText({ name, axes }: Figure, { value }: UnitData, say: Say): string {
  const [along] = axes;
  if (!along || along.chosen < 0) return "";
  if (name === "histogram") return say("data_marked", { value: formatNumber(value) });
  return say("data_marked_class", { name: along.labels[along.chosen] ?? "" });
}

function placeOf(figure: Figure, ctx: Context, read: (text: string | null) => void) {
  const chart = chartPlace(figure.name, bars(ctx, { read, pick: () => {} }), ctx);
  const title = h("h4", { class: "kv-figure-title" });
  return {
    element: h("figure", { class: "kv-data-figure" }, title, chart.element),
    show({ payload, tensors }: Answer<UnitData>, now: Context) {
      const current = payload.figures.find(({ name }) => name === figure.name);
      if (!current) return;
      const room = now.width >= BESIDE ? now.width - ROWS_WIDTH - GAP : now.width;
      const two = room >= 2 * 320 + GAP;
      const width = Math.min(WIDEST, Math.floor(two ? (room - GAP) / 2 : room));
      setText(title, textOf(now.say, current.title));
      const note = markedText(current, payload, now.say);
      if (note) title.append(" ", span("kv-muted kv-data-marked", note));
      chart.show(current, tensorOf(tensors, current.name), now, width);
    },
  };
}
