/** The terms as a table, strongest first; channels and what is not shown are unfolded in it. */
import { h, setText } from "../dom";
import { columnFormat } from "../draw/format";
import type { Calculation } from "../protocol.gen";
import type { Answer } from "../rpc";
import type { Context } from "../views/view";
import type { Stop } from "../walk";
import { COLUMNS, drawRows, type Lines } from "./lines";
import { inputStop, weightStop } from "./links";
import {
  groupKey,
  isGrouped,
  PAGE,
  type Row,
  rowsOf,
  strongest,
  type Terms,
  termsOf,
} from "./terms";

export interface TableEvents {
  follow(stop: Stop): void;
  /** The term under the pointer. */
  point(term: number | null): void;
}

export class Table {
  readonly element: HTMLElement;
  #head = h("tr", {}, ...COLUMNS.map((name) => h("th", { scope: "col", class: `kv-col-${name}` })));
  #body = h("tbody");
  #open = new Set<string>();
  #more = new Map<string, number>();
  #lines: Lines | null = null;
  #rows: Row[] = [];
  #isDown = false;
  #events: TableEvents;

  constructor(events: TableEvents, signal: AbortSignal) {
    this.#events = events;
    const table = h("table", { class: "kv-terms" }, h("thead", {}, this.#head), this.#body);
    this.element = h("div", { class: "kv-terms-box kv-scroll" }, table);
    const listen = (name: string, then: (event: Event) => void) =>
      this.#body.addEventListener(name, then, { signal });
    listen("click", (event) => this.#click(event));
    for (const name of ["pointerover", "focusin"]) listen(name, (event) => this.#point(event));
    for (const name of ["pointerleave", "focusout"]) listen(name, () => events.point(null));
    const scrolled = () => {
      this.#isDown = this.element.scrollTop > 0;
    };
    this.element.addEventListener("scroll", scrolled, { signal });
  }

  /** `fresh`: it is another number; else what is unfolded stays so. */
  show(answer: Answer<Calculation>, ctx: Context, fresh: boolean): void {
    const terms = termsOf(answer);
    this.element.hidden = !terms?.count;
    if (!terms) return;
    const { payload } = answer;
    if (fresh) this.#begin(payload);
    this.#lines = linesOf(payload, terms, ctx);
    nameColumns(this.#head, payload, ctx);
    const focused = this.#body.contains(document.activeElement);
    this.#draw();
    if (!fresh) return;
    if (this.#isDown) this.element.scrollTop = 0; // asking where it is would lay out the whole page here
    if (focused) this.#body.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
  }

  /** Its strongest channel is unfolded. */
  #begin(payload: Calculation): void {
    this.#open.clear();
    this.#more.clear();
    if (isGrouped(payload)) this.#open.add(groupKey(payload, 0));
  }

  #draw(): void {
    if (!this.#lines) return;
    const { payload, terms } = this.#lines;
    this.#rows = rowsOf(payload, terms, { open: this.#open, more: this.#more });
    drawRows(this.#body, this.#rows, this.#lines);
  }

  #rowAt(event: Event): Row | undefined {
    const line = (event.target as Element).closest("tr");
    return line ? this.#rows[line.sectionRowIndex] : undefined;
  }

  #click(event: Event): void {
    const row = this.#rowAt(event);
    const button = (event.target as Element).closest("button");
    if (!row || !button || !this.#lines) return;
    if (row.form === "term") return this.#follow(row.at, button.closest(".kv-col-of") !== null);
    if (row.form === "more") this.#more.set(row.key, (this.#more.get(row.key) ?? PAGE) + PAGE);
    else toggle(this.#open, groupKey(this.#lines.payload, row.at));
    this.#draw();
  }

  #follow(at: number, weight: boolean): void {
    if (!this.#lines) return;
    const { payload, terms, ctx } = this.#lines;
    const source = payload.sources[terms.source[at] ?? 0];
    const index = terms.index(at);
    if (!source) return;
    const stop = weight
      ? weightStop(source, index, terms.weightIndex(at), ctx)
      : inputStop(source, index, ctx);
    if (stop) this.#events.follow(stop);
  }

  #point(event: Event): void {
    const row = this.#rowAt(event);
    this.#events.point(row?.form === "term" ? row.at : null);
  }
}

function toggle(set: Set<string>, key: string): void {
  if (!set.delete(key)) set.add(key);
}

function linesOf(payload: Calculation, terms: Terms, ctx: Context): Lines {
  const most = strongest(payload, terms);
  const format = {
    input: columnFormat(terms.inputs),
    weight: columnFormat(terms.weights),
    product: columnFormat([most]),
  };
  return { payload, terms, ctx, most, format };
}

function nameColumns(head: HTMLElement, { sources }: Calculation, { say }: Context): void {
  const named = sources.some(({ weight_path, weight_stage }) => weight_path || weight_stage);
  const names = {
    from: say("from"),
    input: say("input_value"),
    weight: `× ${say("weight")}`,
    of: named ? say("which_weight") : "",
    product: `= ${say("product")}`,
    bar: "",
  };
  head.closest("table")?.classList.toggle("kv-unnamed", !named);
  for (const [i, name] of COLUMNS.entries()) setText(head.children[i] as Element, names[name]);
}
