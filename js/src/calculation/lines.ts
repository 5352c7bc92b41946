/** The rows of the table as elements: one term, one channel, or what is not shown. */
import { h, setText } from "../dom";
import { formatCount, formatExact } from "../draw/format";
import type { Calculation } from "../protocol.gen";
import type { Context } from "../views/view";
import { inputStop, weightStop } from "./links";
import { inputName, nameOf, shortName, stageAt, stageText } from "./names";
import { isGrouped, type Row, type Terms } from "./terms";

export const COLUMNS = ["from", "input", "weight", "of", "product", "bar"] as const;

type Format = (value: number) => string;

export interface Lines {
  payload: Calculation;
  terms: Terms;
  ctx: Context;
  /** What a full bar stands for. */
  most: number;
  format: Record<"input" | "weight" | "product", Format>;
}

/** Rows that are there are filled anew, so that focus and the place of the eye stay. */
export function drawRows(body: HTMLTableSectionElement, rows: Row[], lines: Lines): void {
  while (body.rows.length > rows.length) body.deleteRow(-1);
  for (const [i, row] of rows.entries()) {
    const present = body.rows[i];
    const fits = present?.dataset.form === row.form;
    const line = fits ? present : emptyLine(row.form);
    if (!present) body.append(line);
    else if (!fits) present.replaceWith(line);
    if (row.form === "term") fillTerm(line, row, lines);
    else if (row.form === "group") fillGroup(line, row, lines);
    else fillMore(line, row, lines);
  }
}

function emptyLine(form: Row["form"]): HTMLTableRowElement {
  const link = h("button", { type: "button", class: "kv-link" });
  const first = h("th", { scope: "row" }, link);
  const bar = h("td", { class: "kv-col-bar" });
  if (form !== "more") bar.append(h("span", { class: "kv-term-track" }, h("span")));
  const cell = (name: string) => h("td", { class: `kv-col-${name}` });
  const middle = form === "term" ? [cell("input"), cell("weight"), cell("of")] : [];
  if (form !== "term") first.colSpan = 4;
  const cells = [first, ...middle, cell("product"), bar];
  return h("tr", { "data-form": form, class: `kv-row-${form}` }, ...cells);
}

function cellsOf(line: HTMLElement): HTMLElement[] {
  return [...line.children] as HTMLElement[];
}

function fillTerm(line: HTMLElement, { at, inside }: Row & { form: "term" }, lines: Lines): void {
  const { payload, terms, format, ctx } = lines;
  const source = payload.sources[terms.source[at] ?? 0];
  if (!source) return;
  const [first, input, weight, of, product, bar] = cellsOf(line);
  const index = terms.index(at);
  line.classList.toggle("kv-inside", inside);
  const button = first?.firstElementChild as HTMLButtonElement;
  button.disabled = inputStop(source, index, ctx) === null;
  button.replaceChildren(inputName(source, index, ctx.say));
  numberCell(input, terms.inputs[at], format.input);
  numberCell(weight, terms.weights[at], format.weight);
  of?.replaceChildren(weightName(at, lines));
  numberCell(product, terms.products[at], format.product);
  fillBar(bar, terms.products[at] ?? 0, lines.most);
}

/** Which weight it is; a link where that is another output's number. */
function weightName(at: number, { payload, terms, ctx }: Lines): HTMLElement | string {
  const source = payload.sources[terms.source[at] ?? 0];
  if (!source?.weight_path && !source?.weight_stage) return "";
  const [index, place] = [terms.index(at), terms.weightIndex(at)];
  const name = source.weight_stage
    ? nameOf(stageText(stageAt(source.weight_stage, index), ctx.say), null)
    : nameOf(source.weight_path, place.length > 0 ? place : null);
  if (weightStop(source, index, place, ctx) === null) return name;
  return h("button", { type: "button", class: "kv-link" }, name);
}

function fillGroup(line: HTMLElement, { at, open }: Row & { form: "group" }, lines: Lines): void {
  const group = lines.payload.groups[at];
  const source = lines.payload.sources[group?.source ?? 0];
  if (!group || !source) return;
  const { say } = lines.ctx;
  const [first, product, bar] = cellsOf(line);
  const link = first?.firstElementChild;
  const path = source.stage ? stageText(source.stage, say) : shortName(source.path);
  const channel = group.channel < 0 ? "" : ` · ${say("channel")} ${group.channel}`;
  const count = formatCount(group.count);
  const products = say(group.count === 1 ? "one_product" : "products", { count });
  link?.setAttribute("aria-expanded", String(open));
  link?.replaceChildren(`${path}${channel}`, h("span", { class: "kv-row-count", text: products }));
  numberCell(product, group.sum, lines.format.product);
  fillBar(bar, group.sum, lines.most);
}

function fillMore(line: HTMLElement, row: Row & { form: "more" }, lines: Lines): void {
  const { ctx, format, payload } = lines;
  const [first, product] = cellsOf(line);
  line.classList.toggle("kv-inside", row.inside);
  const channels = row.key === "" && isGrouped(payload);
  const button = first?.firstElementChild as HTMLButtonElement;
  button.disabled = !row.sent;
  const count = formatCount(row.count);
  setText(button, ctx.say(channels ? "more_channels" : "more_terms", { count }));
  numberCell(product, row.sum, format.product);
}

export function numberCell(
  cell: HTMLElement | undefined,
  value: number | null | undefined,
  format: Format,
): void {
  if (!cell) return;
  const known = value !== null && value !== undefined;
  setText(cell, known ? format(value) : "–");
  cell.title = known ? formatExact(value) : "";
}

/** To the right of the middle what adds, to the left what takes away. */
export function fillBar(cell: HTMLElement | undefined, value: number, most: number): void {
  const bar = cell?.firstElementChild?.firstElementChild as HTMLElement;
  const share = most > 0 && Number.isFinite(value) ? Math.min(1, Math.abs(value) / most) * 50 : 0;
  bar.className = value < 0 ? "kv-term-bar kv-negative" : "kv-term-bar";
  bar.style.left = `${value < 0 ? 50 - share : 50}%`;
  bar.style.width = `${share}%`;
}
