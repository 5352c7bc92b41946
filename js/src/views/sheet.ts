/** Several small pictures of one layer, with facts and notes: what most layer views are made of. */
import { h, setText } from "../dom";
import { bars } from "../figures/bars";
import type { Draw, Drawing, FigureEvents } from "../figures/figure";
import { heat } from "../figures/heat";
import { lines } from "../figures/lines";
import { tiles } from "../figures/tiles";
import { frame } from "../parts/frame";
import { type Legend, legend } from "../parts/legend";
import type { Along, Fact, Figure, Sheet } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { type Say, textOf, wordOf } from "../text";
import { asKind, type Context, type Rendered, type View } from "./view";

const FORMS: Record<Figure["form"], Draw> = { heat, bars, lines, tiles };
/** Two figures stand side by side where each has this much. */
const NARROWEST = 250;
const GAP = 20;

interface Placed {
  element: HTMLElement;
  show(figure: Figure, answer: Answer<Sheet>, ctx: Context): void;
}

export const sheet: View<Sheet> = {
  kind: "sheet",
  render(answer, ctx) {
    const outer = frame(ctx.say("hover_hint"), ctx);
    const facts = h("div", { class: "kv-figures" });
    const page = h("div", { class: "kv-figures-page" });
    const notes = h("div", { class: "kv-notes" });
    outer.picture.classList.add("kv-scroll");
    outer.picture.append(notes, page);
    outer.element.append(facts);
    const events: FigureEvents = {
      read: (text) => outer.read(text),
      pick: (along, place) => ctx.emit(eventOf(along, place)),
    };
    const placed = answer.payload.figures.map((figure) => placeFigure(figure, ctx, events));
    page.append(...placed.map((each) => each.element));
    let shown = answer;
    const refresh = (now: Context) => {
      const { head, figures } = shown.payload;
      outer.update(head, 1, now, null);
      for (const [i, figure] of figures.entries()) placed[i]?.show(figure, shown, now);
      facts.replaceChildren(...shown.payload.facts.map((fact) => factOf(fact, now.say)));
      notes.replaceChildren(
        ...shown.payload.notes.map((text) => h("p", { text: textOf(now.say, text) })),
      );
    };
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "sheet");
      if (!found || structureOf(found) !== structureOf(shown)) return false;
      shown = found;
      refresh(now);
      return true;
    };
    refresh(ctx);
    return { element: outer.element, update, refresh };
  },
};

/** Pictures of the same forms are drawn in place. */
function structureOf({ payload }: Answer<Sheet>): string {
  const { head, figures } = payload;
  return JSON.stringify([
    head.path,
    head.aspect,
    figures.map(({ name, form, wide }) => [name, form, wide]),
  ]);
}

function eventOf({ pick, start, step }: Along, place: number) {
  const value = Math.round(start + place * step);
  if (pick === "unit") return { type: "unit", unit: value } as const;
  return { type: "option", name: pick, value } as const;
}

function placeFigure(figure: Figure, ctx: Context, events: FigureEvents): Placed {
  const title = h("h4", { class: "kv-figure-title" });
  const scale: Legend | null = figure.form === "lines" ? null : legend();
  const drawing: Drawing = FORMS[figure.form](ctx, events);
  const element = h(
    "figure",
    { class: "kv-figure" },
    h("div", { class: "kv-figure-head" }, title, scale?.element),
    drawing.element,
  );
  element.classList.toggle("kv-wide", figure.wide);
  return {
    element,
    show(now, { tensors }, context) {
      setText(title, textOf(context.say, now.title));
      scale?.update(now.domain, 1, context);
      drawing.show(now, tensorOf(tensors, now.name), { ...context, width: widthOf(now, context) });
    },
  };
}

function widthOf({ wide }: Figure, { width }: Context): number {
  const two = width >= 2 * NARROWEST + GAP;
  return Math.floor((wide || !two ? width : (width - GAP) / 2) - 8);
}

function factOf({ name, value, good }: Fact, say: Say): HTMLElement {
  const mark =
    good === null
      ? null
      : h("span", { class: good ? "kv-good" : "kv-bad", text: good ? "✓" : "✗" });
  const label = h("span", { class: "kv-muted", text: wordOf(say, name) });
  return h("div", {}, label, h("span", { text: textOf(say, value) }), mark);
}
