/** What the model makes of all samples: what it mixes up, and where it is wrong or unsure. */
import { cellText, type DataLook, hintText } from "../data/look";
import { rows } from "../data/rows";
import { h, setText } from "../dom";
import { formatCount } from "../draw/format";
import { heat } from "../figures/heat";
import { scatter } from "../figures/scatter";
import { chartBox, datumUnder } from "../parts/chart";
import { tools } from "../parts/tools";
import type { Along, Confusion, Data, Fact, Figure } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { type Say, textOf, wordOf } from "../text";
import { pointEvents, type Read } from "./points";
import { asKind, type Context, type Rendered, type View } from "./view";

const CHART = 460;

export const data: View<Data> = {
  kind: "data",
  render(answer, ctx) {
    const facts = h("p", { class: "kv-all-facts" });
    const readout = h("output", { class: "kv-readout" });
    const read: Read = (text) => setText(readout, text ?? "");
    const aside = tools(() => element, ctx.signal);
    const taking = answer.payload.form === "" ? null : aside.element; // nothing to take along yet
    const head = h("div", { class: "kv-view-head" }, facts, readout, taking);
    const chart = chartOf(answer.payload, ctx, read);
    const mixups = h("div", { class: "kv-all-mixups" });
    const list = rows(ctx.signal);
    const left = h("div", { class: "kv-all-chart" }, chart?.element, mixups);
    const page = h("div", { class: "kv-all-page" }, chart && left, list.element);
    const notes = h("div", { class: "kv-notes" });
    const element = h("div", { class: "kv-all-data" }, head, notes, page);
    let shown = answer;
    let drawn: unknown = null;
    const refresh = (now: Context) => {
      const [{ payload }, all] = [shown, now.all];
      if (!all) return;
      if (drawn !== payload) {
        drawn = payload;
        setText(facts, factsOf(payload, now.say));
        notes.replaceChildren(...notesOf(payload, now.say));
        mixups.replaceChildren(...mixupsOf(payload.confusion, all, now));
        list.show(payload, now, all);
        aside.update(payload.code, "all samples", now.say);
      } else list.mark(now, all);
      markMixups(mixups, all);
      chart?.show(shown, now);
    };
    refresh(ctx);
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "data");
      if (!found || formOf(found.payload) !== formOf(shown.payload)) return false;
      shown = found;
      refresh(now);
      return true;
    };
    return { element, refresh, update };
  },
};

function chartOf({ confusion, span }: Data, ctx: Context, read: Read) {
  if (confusion) return matrix(ctx, read);
  return span ? numbers(ctx, read) : null;
}

function formOf({ form, confusion, span }: Data): string {
  return `${form} ${confusion !== null} ${span !== null}`;
}

function factsOf({ form, facts, scanned, colours }: Data, say: Say): string {
  if (form === "") return hintText(colours, say);
  const told = facts.map(({ name, value }: Fact) => `${wordOf(say, `all_${name}`)} ${value}`);
  return [say("list_count", { count: formatCount(scanned) }), ...told].join(" · ");
}

function notesOf({ confusion, notes, rows: found, form, stale }: Data, say: Say): HTMLElement[] {
  const texts = notes.map((text) => textOf(say, text));
  if (stale) texts.unshift(say("all_stale"));
  if (confusion && confusion.total > confusion.classes.length) {
    const [shown, total] = [confusion.classes.length, confusion.total].map(formatCount);
    texts.push(say("all_classes", { shown: shown ?? "", total: total ?? "" }));
  }
  if (form === "unlabelled") texts.push(say("all_unlabelled"));
  if (form !== "" && found.length === 0) texts.push(say("all_none"));
  return texts.map((text) => h("p", { text }));
}

// What is mixed up.

function mixupsOf(confusion: Confusion | null, all: DataLook, ctx: Context): HTMLElement[] {
  if (!confusion?.mixups.length) return [];
  const buttons = confusion.mixups.map(({ label, predicted, names, count }) => {
    const text = `${names[0]} → ${names[1]} ×${formatCount(count)}`;
    const title = cellText(names, ctx.say);
    const attributes = {
      type: "button",
      class: "kv-chip",
      text,
      title,
      "data-cell": `${label} ${predicted}`,
    };
    const button = h("button", attributes);
    const leave = () => all.leave({ by: "cells", cells: [[label, predicted]] });
    button.addEventListener("click", leave, { signal: ctx.signal });
    return button;
  });
  return [h("h4", { text: ctx.say("all_mixups") }), ...buttons];
}

function markMixups(place: HTMLElement, { filter }: DataLook): void {
  const cells = (filter?.cells ?? []).map((cell) => cell.join(" "));
  for (const button of place.querySelectorAll<HTMLElement>("[data-cell]"))
    button.setAttribute("aria-pressed", String(cells.includes(button.dataset.cell ?? "")));
}

// The charts.

function matrix(ctx: Context, read: Read) {
  let shown: Answer<Data> | null = null;
  let now = ctx;
  let column = 0;
  const leave = (row: number, across: number) => {
    const classes = shown?.payload.confusion?.classes ?? [];
    const cell: [number, number] = [classes[row] ?? 0, classes[across] ?? 0];
    now.all?.leave({ by: "cells", cells: [cell] });
  };
  const pick = (along: Along, place: number) => {
    if (along.pick === "predicted") column = place;
    else leave(place, column);
  };
  const drawing = heat(ctx, { read, pick });
  const draw = () => {
    if (!shown?.payload.confusion) return;
    const tensor = tensorOf(shown.tensors, "confusion");
    drawing.show(figureOf(shown.payload.confusion, tensor.values, now), tensor, now);
  };
  const box = h("div", { class: "kv-chart-box" });
  const chart = chartBox("confusion", box, ctx, { element: drawing.element, draw });
  const over = (event: PointerEvent) => {
    const { rowNum, columnNum } = datumUnder(event) ?? {};
    if (typeof rowNum !== "number" || typeof columnNum !== "number" || !shown) return read(null);
    const { confusion } = shown.payload;
    const { values, shape } = tensorOf(shown.tensors, "confusion");
    const names = [confusion?.names[rowNum] ?? "", confusion?.names[columnNum] ?? ""];
    const count = formatCount(values[rowNum * (shape[1] ?? 0) + columnNum] ?? 0);
    read(`${cellText(names, now.say)}: ${now.say("list_count", { count })}`);
  };
  box.addEventListener("pointermove", over, { signal: ctx.signal });
  box.addEventListener("pointerleave", () => read(null), { signal: ctx.signal });
  return {
    element: box,
    show(answer: Answer<Data>, context: Context) {
      shown = answer;
      const width = Math.min(CHART, context.width);
      now = { ...context, width };
      chart.resize(width);
      chart.draw();
    },
  };
}

function figureOf(confusion: Confusion, values: ArrayLike<number>, { say }: Context): Figure {
  const high = Math.max(1, ...Array.from(values));
  const along = (name: string): Along => ({
    name,
    start: 0,
    step: 1,
    labels: confusion.names,
    pick: name,
    chosen: -1,
  });
  return {
    name: "confusion",
    form: "heat",
    title: say("all_confusion"),
    domain: { low: 0, high, signed: false, nans: 0, infs: 0, clipped: 0 },
    axes: [along("label"), along("predicted")],
    series: [],
    wide: false,
    marks: [],
    joined: false,
    plain: false,
  };
}

function numbers(ctx: Context, read: Read) {
  let shown: Answer<Data> | null = null;
  let now = ctx;
  const box = h("div", { class: "kv-chart-box" });
  const samples = () => shown && tensorOf(shown.tensors, "samples").values;
  const events = pointEvents(samples, () => now, read);
  const cloud = scatter(events, ctx.signal);
  const draw = () => {
    if (!shown) return;
    const mine = tensorOf(shown.tensors, "samples").values;
    const left = new Set(now.all?.filter?.samples ?? mine);
    cloud.draw({
      points: tensorOf(shown.tensors, "points").values,
      color: () => "var(--kv-bar)",
      left: (i) => left.has(mine[i] ?? -1),
      ring: null,
      names: [now.say("all_true"), now.say("predicted")],
      numbers: true,
      diagonal: true,
      label: now.say("all_numbers"),
      width: now.width,
    });
  };
  const chart = chartBox("predicted and true", box, ctx, { element: cloud.element, draw });
  events.listen(box, ctx.signal);
  return {
    element: box,
    show(answer: Answer<Data>, context: Context) {
      shown = answer;
      const width = Math.min(CHART, context.width);
      now = { ...context, width };
      chart.resize(width);
      chart.draw();
    },
  };
}
