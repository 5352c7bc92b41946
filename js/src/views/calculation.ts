/** Where one number comes from: its sum in one line, the terms of it, and where their inputs lie. */
import { crumbs } from "../calculation/crumbs";
import { equation } from "../calculation/equation";
import { endOf, spotOf, standOf } from "../calculation/links";
import { nameOf, stageText } from "../calculation/names";
import { stages } from "../calculation/stages";
import { Table } from "../calculation/table";
import { type Spot, windowsView } from "../calculation/windows";
import { endLine, wordsOf } from "../calculation/words";
import { h, setText } from "../dom";
import { tools } from "../parts/tools";
import type { Calculation } from "../protocol.gen";
import type { Answer } from "../rpc";
import { axesText } from "../text";
import { type Stop, stopAt } from "../walk";
import { asKind, type Context, type View } from "./view";

/** Beside the terms, not below them, in a panel of this width. */
const WIDE = 760;
const WINDOWS_SHARE = [0.3, 0.4, 0.46];

export const calculation: View<Calculation> = {
  kind: "calculation",
  render(answer, ctx) {
    const shown = new Shown(answer, ctx);
    return {
      element: shown.element,
      refresh: (now) => shown.draw(now, false),
      update(next, now) {
        const found = asKind(next, "calculation");
        if (found) shown.take(found, now);
        return found !== null;
      },
    };
  },
};

class Shown {
  readonly element: HTMLElement;
  #answer: Answer<Calculation>;
  #now: Context;
  #kind = h("span", { class: "kv-tag" });
  #facts = h("span", { class: "kv-facts" });
  #words = h("div", { class: "kv-notes" });
  #body = h("div", { class: "kv-calculation-body" });
  #line = equation();
  #end = h("div", { class: "kv-equation kv-end" });
  #go = (stop: Stop) => this.#now.emit({ type: "stop", stop });
  #parts: ReturnType<Shown["make"]>;

  constructor(answer: Answer<Calculation>, ctx: Context) {
    this.#answer = answer;
    this.#now = ctx;
    this.#parts = this.make(ctx);
    const { trail, aside, chips, table, windows } = this.#parts;
    this.#body.append(table.element, windows.element);
    const facts = h("span", { class: "kv-head-facts" }, this.#kind, this.#facts);
    const head = h("div", { class: "kv-view-head" }, trail.element, facts, aside.element);
    const parts = [head, this.#line.element, this.#end, chips.element, this.#words, this.#body];
    this.element = h("div", { class: "kv-view kv-calculation" }, ...parts);
    this.#found(ctx);
    this.draw(ctx, true);
  }

  #found({ walk }: Context): void {
    walk.found(this.#answer.payload.path, this.#answer.payload.unit);
  }

  private make(ctx: Context) {
    const { signal } = ctx;
    const open = (stage: string) => this.#go({ ...standOf(this.#now), stage, end: false });
    const point = (term: number | null) =>
      this.#parts.windows.point(term === null ? null : spotOf(this.#answer, term));
    return {
      trail: crumbs(ctx),
      aside: tools(() => this.element, signal),
      chips: stages(open, signal),
      table: new Table({ follow: this.#go, point }, signal),
      windows: windowsView(ctx, ({ path, axes, layer_kind }, place) =>
        this.#go({ ...stopAt(path, axes, place), end: layer_kind === "" }),
      ),
    };
  }

  take(answer: Answer<Calculation>, ctx: Context): void {
    const fresh = numberOf(answer) !== numberOf(this.#answer);
    this.#answer = answer;
    this.#found(ctx);
    this.draw(ctx, fresh);
  }

  draw(ctx: Context, fresh: boolean): void {
    this.#now = ctx;
    const { payload } = this.#answer;
    const { trail, aside, chips, table } = this.#parts;
    const end = endOf(this.#answer, ctx);
    trail.show(ctx, titleOf(payload, end, ctx));
    setText(this.#kind, end ? ctx.say("input") : payload.layer_kind);
    setText(this.#facts, end ? "" : axesText(ctx.say, payload.axes));
    aside.update(payload.code, `${payload.path} ${payload.unit.join(" ")}`, ctx.say);
    this.#line.show(payload, ctx.say);
    chips.show(payload, ctx);
    table.show(this.#answer, ctx, fresh);
    this.#words.replaceChildren(...wordsOf(this.#answer, ctx, this.#go));
    this.#end.replaceChildren(...(end ? endLine(this.#answer, end, ctx) : []));
    this.#end.hidden = end === null;
    this.#line.element.hidden = end !== null;
    if (end) for (const part of [chips, table]) part.element.hidden = true;
    this.#words.hidden = end !== null;
    this.#drawWindows(ctx, end);
  }

  #drawWindows(ctx: Context, end: Spot | null): void {
    const { windows, table } = this.#parts;
    const { length } = this.#answer.payload.windows;
    const beside = ctx.width >= WIDE && !table.element.hidden && length > 0;
    const share = WINDOWS_SHARE[Math.min(length, 3) - 1] ?? 0.46;
    this.#body.style.setProperty("--kv-planes", beside ? `${share * 100}%` : "");
    this.#body.classList.toggle("kv-beside", beside);
    const width = Math.floor(ctx.width * (beside ? share : 1));
    windows.show(this.#answer, { ...ctx, width }, end);
  }
}

/** Which number it is; the same one of another sample keeps what is unfolded. */
function numberOf({ payload }: Answer<Calculation>): string {
  return JSON.stringify([payload.path, payload.unit, payload.stage]);
}

function titleOf(payload: Calculation, end: Spot | null, { say }: Context): HTMLElement {
  if (end) return nameOf(end.path, end.index);
  const name = nameOf(payload.path, payload.unit);
  if (!payload.stage) return name;
  return h("span", {}, name, ` · ${stageText(payload.stage, say)}`);
}
