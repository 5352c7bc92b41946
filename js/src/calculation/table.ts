/** The terms, strongest first: where each input is from, what it is multiplied with, and how much that adds. */
import { h, setText } from "../dom";
import { columnFormat, formatCount, formatExact } from "../draw/format";
import type { Calculation } from "../protocol.gen";
import type { Answer } from "../rpc";
import type { Say } from "../text";
import type { Context } from "../views/view";
import { inputName, nameOf, shortName } from "./names";
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

export interface Table {
  element: HTMLElement;
  show(answer: Answer<Calculation>, ctx: Context, fresh: boolean): void;
}

export interface TableEvents {
  follow(term: number): void;
  point(term: number | null): void;
}

interface Now {
  payload: Calculation;
  terms: Terms;
  rows: Row[];
  say: Say;
  format: Record<"input" | "weight" | "product", (value: number) => string>;
  most: number;
}

const COLUMNS = ["from", "input", "weight", "of", "product", "bar"] as const;

export function termTable(events: TableEvents, signal: AbortSignal): Table {
  const head = h(
    "tr",
    {},
    ...COLUMNS.map((name) => h("th", { scope: "col", class: `kv-col-${name}` })),
  );
  const body = h("tbody");
  const table = h("table", { class: "kv-terms" }, h("thead", {}, head), body);
  const element = h("div", { class: "kv-terms-box kv-scroll" }, table);
  const open = new Set<string>();
  const more = new Map<string, number>();
  let now: Now | null = null;
  const draw = () => {
    if (!now) return;
    now.rows = rowsOf(now.payload, now.terms, { open, more });
    drawRows(body, now);
  };
  const rowOf = (event: Event) => {
    const line = (event.target as Element).closest("tr");
    return line && now?.rows[line.sectionRowIndex];
  };
  const act = (event: Event) => {
    const row = rowOf(event);
    if (!now || !row || !(event.target as Element).closest("button")) return;
    if (row.form === "term") return events.follow(row.at);
    if (row.form === "more") more.set(row.key, (more.get(row.key) ?? PAGE) + PAGE);
    else toggle(open, groupKey(now.payload, row.at));
    draw();
  };
  const point = (event: Event) => {
    const row = rowOf(event);
    events.point(row?.form === "term" ? row.at : null);
  };
  body.addEventListener("click", act, { signal });
  for (const name of ["pointerover", "focusin"]) body.addEventListener(name, point, { signal });
  for (const name of ["pointerleave", "focusout"])
    body.addEventListener(name, () => events.point(null), { signal });
  return {
    element,
    show(answer, ctx, fresh) {
      const terms = termsOf(answer);
      element.hidden = terms === null;
      if (!terms) return;
      const { payload } = answer;
      if (fresh) begin(payload, open, more);
      now = nowOf(payload, terms, ctx.say);
      nameColumns(head, payload, ctx.say);
      const focused = body.contains(document.activeElement);
      draw();
      if (!fresh) return;
      element.scrollTop = 0;
      if (focused) body.querySelector<HTMLElement>(".kv-link")?.focus({ preventScroll: true });
    },
  };
}

function toggle(set: Set<string>, key: string): void {
  if (!set.delete(key)) set.add(key);
}

/** Another number: its strongest channel is unfolded. */
function begin(payload: Calculation, open: Set<string>, more: Map<string, number>): void {
  open.clear();
  more.clear();
  if (isGrouped(payload)) open.add(groupKey(payload, 0));
}

function nowOf(payload: Calculation, terms: Terms, say: Say): Now {
  const most = strongest(payload, terms);
  return {
    payload,
    terms,
    rows: [],
    say,
    most,
    format: {
      input: columnFormat(terms.inputs),
      weight: columnFormat(terms.weights),
      product: columnFormat([most]),
    },
  };
}

function nameColumns(head: HTMLElement, payload: Calculation, say: Say): void {
  const sources = payload.sources.some(({ weight_path }) => weight_path !== "");
  const names = {
    from: say("from"),
    input: say("input_value"),
    weight: `× ${say("weight")}`,
    of: sources ? say("which_weight") : "",
    product: `= ${say("product")}`,
    bar: "",
  };
  for (const [i, name] of COLUMNS.entries()) setText(head.children[i] as Element, names[name]);
}

/** Rows that are there are filled anew, so that focus and the place of the eye stay. */
function drawRows(body: HTMLTableSectionElement, now: Now): void {
  while (body.rows.length > now.rows.length) body.deleteRow(-1);
  for (const [i, row] of now.rows.entries()) {
    const present = body.rows[i];
    const fits = present?.dataset.form === row.form;
    const line = fits ? present : emptyRow(row.form);
    if (!fits) present ? present.replaceWith(line) : body.append(line);
    if (row.form === "term") fillTerm(line, row.at, row.inside, now);
    else if (row.form === "group") fillGroup(line, row, now);
    else fillMore(line, row, now);
  }
}

function emptyRow(form: Row["form"]): HTMLTableRowElement {
  const link = h("button", { type: "button", class: "kv-link" });
  const first = h("th", { scope: "row" }, link);
  const bar = h("td", { class: "kv-col-bar" }, h("span", { class: "kv-term-track" }, h("span")));
  const cell = (name: string) => h("td", { class: `kv-col-${name}` });
  const cells = {
    term: [first, cell("input"), cell("weight"), cell("of"), cell("product"), bar],
    group: [first, cell("product"), bar],
    more: [first, cell("product"), h("td", { class: "kv-col-bar" })],
  }[form];
  if (form !== "term") first.colSpan = 4;
  return h("tr", { "data-form": form, class: `kv-row-${form}` }, ...cells);
}

function fillTerm(line: HTMLElement, at: number, inside: boolean, now: Now): void {
  const { payload, terms, format, say } = now;
  const source = payload.sources[terms.source[at] ?? 0];
  if (!source) return;
  const [first, input, weight, of, product, bar] = [...line.children] as HTMLElement[];
  line.classList.toggle("kv-inside", inside);
  first?.firstElementChild?.replaceChildren(inputName(source, terms.index(at), say));
  number(input, terms.inputs[at], format.input);
  number(weight, terms.weights[at], format.weight);
  const place = terms.weightIndex(at);
  of?.replaceChildren(
    source.weight_path ? nameOf(source.weight_path, place.length > 0 ? place : null) : "",
  );
  number(product, terms.products[at], format.product);
  fillBar(bar, terms.products[at] ?? 0, now.most);
}

function fillGroup(line: HTMLElement, { at, open }: Row & { form: "group" }, now: Now): void {
  const group = now.payload.groups[at];
  const source = now.payload.sources[group?.source ?? 0];
  if (!group || !source) return;
  const [first, product, bar] = [...line.children] as HTMLElement[];
  const { say } = now;
  const link = first?.firstElementChild;
  const path = source.stage || shortName(source.path);
  const channel = group.channel < 0 ? "" : ` · ${say("channel").toLowerCase()} ${group.channel}`;
  const count = say(group.count === 1 ? "one_product" : "products", {
    count: formatCount(group.count),
  });
  link?.setAttribute("aria-expanded", String(open));
  link?.replaceChildren(`${path}${channel}`, h("span", { class: "kv-muted", text: ` ${count}` }));
  number(product, group.sum, now.format.product);
  fillBar(bar, group.sum, now.most);
}

function fillMore(
  line: HTMLElement,
  row: Row & { form: "more" },
  { say, format, payload }: Now,
): void {
  const [first, product] = [...line.children] as HTMLElement[];
  line.classList.toggle("kv-inside", row.inside);
  const channels = row.key === "" && isGrouped(payload);
  const text = say(channels ? "more_channels" : "more_terms", { count: formatCount(row.count) });
  const button = first?.firstElementChild as HTMLButtonElement;
  button.disabled = !row.sent;
  setText(button, text);
  number(product, row.sum, format.product);
}

function number(cell: HTMLElement | undefined, value = 0, format: (value: number) => string): void {
  if (!cell) return;
  setText(cell, format(value));
  cell.title = formatExact(value);
}

/** To the right of the middle what adds, to the left what takes away. */
function fillBar(cell: HTMLElement | undefined, value: number, most: number): void {
  const bar = cell?.firstElementChild?.firstElementChild as HTMLElement;
  const share = most > 0 && Number.isFinite(value) ? Math.min(1, Math.abs(value) / most) * 50 : 0;
  bar.className = value < 0 ? "kv-term-bar kv-negative" : "kv-term-bar";
  bar.style.left = `${value < 0 ? 50 - share : 50}%`;
  bar.style.width = `${share}%`;
}
