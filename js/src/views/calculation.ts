/** Where one number comes from: its sum in one line, the terms of it, and where their inputs lie. */
import { crumbs } from "../calculation/crumbs";
import { equation } from "../calculation/equation";
import { inputName, nameOf } from "../calculation/names";
import { stages } from "../calculation/stages";
import { termTable } from "../calculation/table";
import { termsOf } from "../calculation/terms";
import { type Spot, windowsView } from "../calculation/windows";
import { h, setText } from "../dom";
import { formatExact } from "../draw/format";
import { tools } from "../parts/tools";
import type { Calculation, TermSource, Window } from "../protocol.gen";
import type { Answer } from "../rpc";
import { textOf, wordOf } from "../text";
import { type Stop, stopAt } from "../walk";
import { asKind, type Context, type Rendered, type View } from "./view";

/** Beside the terms, not below them, in a panel of this width. */
const WIDE = 760;
const WINDOWS_SHARE = 0.36;

export const calculation: View<Calculation> = {
  kind: "calculation",
  render(answer, ctx) {
    let shown = answer;
    let now = ctx;
    const name = h("h3", { class: "kv-name", role: "status" });
    const kind = h("span", { class: "kv-tag" });
    const facts = h("span", { class: "kv-facts" });
    const aside = tools(() => element, ctx.signal);
    const trail = crumbs(ctx);
    const line = equation();
    const words = h("div", { class: "kv-notes" });
    const go = (stop: Stop) => now.emit({ type: "stop", stop });
    const chips = stages((stage) => go({ ...standOf(now), stage, end: false }), ctx.signal);
    const follow = (term: number) => {
      const stop = stopOf(shown, term, now);
      if (stop) go(stop);
    };
    const point = (term: number | null) => {
      windows.point(term === null ? null : spotOf(shown, term));
    };
    const windows = windowsView(ctx, (window, place) => go(stopIn(window, place)));
    const table = termTable({ follow, point }, ctx.signal);
    const body = h("div", { class: "kv-calculation-body" }, table.element, windows.element);
    const head = h("div", { class: "kv-view-head" }, name, kind, facts, aside.element);
    const element = h(
      "div",
      { class: "kv-view kv-calculation" },
      trail.element,
      head,
      line.element,
      chips.element,
      words,
      body,
    );
    const draw = (context: Context, fresh: boolean) => {
      now = context;
      const { payload } = shown;
      const end = endOf(shown, now);
      trail.show(now);
      const title = end ? nameOf(end.path, end.index) : nameOf(payload.path, payload.unit);
      name.replaceChildren(title);
      if (payload.stage && !end) name.append(` · ${wordOf(now.say, payload.stage)}`);
      setText(kind, end ? now.say("input") : payload.layer_kind);
      setText(facts, end ? "" : payload.axes.join(" × "));
      aside.update(payload.code, `${payload.path} ${payload.unit.join(" ")}`, now.say);
      line.show(payload, now.say);
      line.element.hidden = end !== null;
      chips.show(payload, now);
      if (end) chips.element.hidden = true;
      words.replaceChildren(...wordsOf(shown, end, now, go));
      table.show(shown, now, fresh);
      if (end) table.element.hidden = true;
      const wide = now.width >= WIDE;
      body.classList.toggle("kv-beside", wide && payload.windows.length > 0 && !end);
      const room = wide && !end ? Math.floor(now.width * WINDOWS_SHARE) : now.width;
      windows.show(shown, { ...now, width: room }, end);
    };
    const update: Rendered["update"] = (next, context) => {
      const found = asKind(next, "calculation");
      if (!found) return false;
      const fresh = numberOf(found) !== numberOf(shown);
      shown = found;
      draw(context, fresh);
      return true;
    };
    draw(ctx, true);
    return { element, update, refresh: (context) => draw(context, false) };
  },
};

/** Which number it is; the same one of another sample keeps what is unfolded. */
function numberOf({ payload }: Answer<Calculation>): string {
  return JSON.stringify([payload.path, payload.unit, payload.stage]);
}

function standOf({ walk, state }: Context): Stop {
  const { layer: path, unit, place } = state;
  return walk.stand ?? { path, unit, place, stage: "", end: false };
}

/** Where a term's input is looked at: an inner result, a layer's number, or the end of the way. */
function stopOf(answer: Answer<Calculation>, term: number, ctx: Context): Stop | null {
  const terms = termsOf(answer);
  const source = answer.payload.sources[terms?.source[term] ?? 0];
  if (!terms || !source) return null;
  if (source.stage) return { ...standOf(ctx), stage: source.stage, end: false };
  return stopFor(source, terms.index(term));
}

function stopFor({ path, axes, layer_kind }: TermSource | Window, place: readonly number[]): Stop {
  return { ...stopAt(path, axes, place), end: layer_kind === "" };
}

function stopIn(window: Window, place: readonly number[]): Stop {
  return stopFor(window, place);
}

function spotOf(answer: Answer<Calculation>, term: number): Spot | null {
  const terms = termsOf(answer);
  const source = answer.payload.sources[terms?.source[term] ?? 0];
  return terms && source ? { path: source.path, index: terms.index(term) } : null;
}

/** The input's number where the walk ended, if it belongs to what is shown. */
function endOf({ payload }: Answer<Calculation>, { walk }: Context): Spot | null {
  const { now, stand } = walk;
  if (!now?.end || !now.place || stand?.path !== payload.path) return null;
  return { path: now.path, index: now.place };
}

/** Remarks, reasons, and the end of the way. */
function wordsOf(
  answer: Answer<Calculation>,
  end: Spot | null,
  { say, emit, walk }: Context,
  go: (stop: Stop) => void,
): HTMLElement[] {
  const { payload } = answer;
  if (end) {
    const value = valueOf(answer, end);
    const back = h("button", { type: "button", class: "kv-button", text: say("way_back") });
    back.addEventListener("click", () => emit({ type: "crumb", at: walk.stops.length - 2 }));
    return [
      h("output", { class: "kv-big", text: value === null ? "–" : formatExact(value) }),
      h("p", { class: "kv-muted", text: say("way_ends", { path: end.path }) }),
      back,
    ];
  }
  const found: HTMLElement[] = [];
  if (payload.note) found.push(h("p", { text: textOf(say, payload.note) }));
  if (!payload.no_rule) return found;
  found.push(h("p", { text: say("no_sum", { reason: textOf(say, payload.no_rule) }) }));
  const links = payload.sources
    .filter(({ path }) => path !== "")
    .map((source) => link(source, go, say));
  if (links.length > 0) found.push(h("p", { class: "kv-went-in" }, say("went_in"), ...links));
  return found;
}

function link(source: TermSource, go: (stop: Stop) => void, say: Context["say"]): HTMLElement {
  const button = h("button", { type: "button", class: "kv-link" }, inputName(source, [], say));
  button.disabled = source.layer_kind === "";
  button.addEventListener("click", () =>
    go({ path: source.path, unit: 0, place: null, stage: "", end: false }),
  );
  return button;
}

/** A number of the input: as a term of the sum has it, or as the picture does. */
function valueOf(answer: Answer<Calculation>, { path, index }: Spot): number | null {
  const { payload, tensors } = answer;
  const terms = termsOf(answer);
  for (let at = 0; terms && at < terms.count; at += 1) {
    const source = payload.sources[terms.source[at] ?? 0];
    const here = source?.path === path && !source.function;
    if (here && String(terms.index(at)) === String(index)) return terms.inputs[at] ?? null;
  }
  for (const [
    i,
    { path: of, place, rows_axis, columns_axis, pooled },
  ] of payload.windows.entries()) {
    const drawn = [rows_axis, columns_axis];
    const inPlane = place.every((at, axis) => drawn.includes(axis) || at === index[axis]);
    if (of !== path || pooled > 1 || !inPlane) continue;
    const { values, shape } = tensors.get(`window${i}`) ?? { values: [], shape: [] };
    const row = rows_axis < 0 ? 0 : (index[rows_axis] ?? 0);
    return values[row * (shape[1] ?? 1) + (index[columns_axis] ?? 0)] ?? null;
  }
  return null;
}
