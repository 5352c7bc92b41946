/** What the checks of an attribution found: curves, how alike it stays when the model unlearns, figures, remarks. */
import { h, setText } from "../dom";
import { lines } from "../figures/lines";
import { chartPlace } from "../parts/chart";
import { tools } from "../parts/tools";
import type { Evaluated, Fact, Figure } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { type Say, textOf, wordOf } from "../text";
import { asKind, type Context, type Rendered, type View } from "./view";

const NARROWEST = 340;
const WIDEST = 520;
const GAP = 28;

export const evaluation: View<Evaluated> = {
  kind: "evaluation",
  render(answer, ctx) {
    const title = h("h3", { class: "kv-name" });
    const readout = h("output", { class: "kv-readout" });
    const read = (text: string | null) => setText(readout, text ?? "");
    const facts = h("dl", { class: "kv-why-facts" });
    const notes = h("div", { class: "kv-why-words" });
    const drawn = answer.payload.figures.map((figure) => placeOf(figure, ctx, read));
    const figures = h("div", { class: "kv-why-pictures" }, ...drawn.map(({ element }) => element));
    const aside = tools(() => element, ctx.signal);
    const head = h("div", { class: "kv-view-head" }, title, readout, aside.element);
    const told = h("div", { class: "kv-why-told" }, facts, notes);
    const element = h("div", { class: "kv-why-checked" }, head, figures, told);
    let shown = answer;
    const refresh = (now: Context) => {
      const { payload } = shown;
      setText(title, now.say("why_checks"));
      for (const each of drawn) each.show(shown, now);
      facts.replaceChildren(...payload.facts.flatMap((fact) => factOf(fact, now.say)));
      notes.replaceChildren(
        ...payload.notes.map((text) =>
          h("p", { class: "kv-why-note", text: textOf(now.say, text) }),
        ),
      );
      aside.update(payload.code, `${payload.method} ${payload.sample} checks`, now.say);
    };
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "evaluation");
      if (!found || found.payload.figures.length !== shown.payload.figures.length) return false;
      shown = found;
      refresh(now);
      return true;
    };
    refresh(ctx);
    return { element, update, refresh };
  },
};

function placeOf(figure: Figure, ctx: Context, read: (text: string | null) => void) {
  const chart = chartPlace(figure.name, lines(ctx, { read, pick: () => {} }), ctx);
  const title = h("h4", { class: "kv-figure-title" });
  return {
    element: h("figure", { class: "kv-why-figure" }, title, chart.element),
    show({ payload, tensors }: Answer<Evaluated>, now: Context) {
      const current = payload.figures.find(({ name }) => name === figure.name);
      if (!current) return;
      const two = now.width >= 2 * NARROWEST + GAP;
      const width = Math.min(WIDEST, Math.floor(two ? (now.width - GAP) / 2 : now.width));
      setText(title, wordOf(now.say, `check_${current.title}`));
      chart.show(current, tensorOf(tensors, current.name), now, width);
    },
  };
}

function factOf({ name, value, good }: Fact, say: Say): HTMLElement[] {
  const mark =
    good !== null && h("span", { class: good ? "kv-good" : "kv-bad", text: good ? " ✓" : " ✗" });
  const why = wordOf(say, `check_${name}_why`);
  return [
    h("dt", { text: wordOf(say, `check_${name}`), title: why }),
    h("dd", { title: why }, value, mark),
  ];
}
