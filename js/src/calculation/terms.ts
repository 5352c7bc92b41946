/** The terms of a sum as they came, and which rows of them the table shows. */
import type { Calculation } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf, type Values } from "../tensor";

/** Rows that are shown at first, and that "show more" adds. */
export const PAGE = 50;

export type Row =
  | { form: "term"; at: number; inside: boolean }
  | { form: "group"; at: number; open: boolean }
  /** `count` terms or groups that are not shown: their sum, and what brings more of them. */
  | { form: "more"; key: string; count: number; sum: number; sent: boolean; inside: boolean };

export interface Terms {
  inputs: Values;
  weights: Values;
  products: Values;
  source: Values;
  group: Values;
  count: number;
  index(at: number): number[];
  weightIndex(at: number): number[];
}

/** What is unfolded, and how many rows of each list are shown. */
export interface Shown {
  open: ReadonlySet<string>;
  more: ReadonlyMap<string, number>;
}

export function termsOf({ tensors }: Answer<Calculation>): Terms | null {
  if (!tensors.has("products")) return null;
  const of = (name: string) => tensorOf(tensors, name).values;
  const rows = (name: string) => {
    const { values, shape } = tensorOf(tensors, name);
    const width = shape[1] ?? 1;
    return (at: number) =>
      [...values.subarray(at * width, (at + 1) * width)].filter((each) => each >= 0);
  };
  const products = of("products");
  return {
    inputs: of("inputs"),
    weights: of("weights"),
    products,
    source: of("source"),
    group: of("group"),
    count: products.length,
    index: rows("index"),
    weightIndex: rows("weight_index"),
  };
}

/** Terms are folded into their channels where there are several, of more than one term. */
export function isGrouped({ groups }: Calculation): boolean {
  return groups.length > 1 && groups.some(({ count }) => count > 1);
}

export function groupKey({ groups, sources }: Calculation, at: number): string {
  const group = groups[at];
  const source = sources[group?.source ?? 0];
  return `${source?.path} ${source?.stage} ${source?.weight_path} ${group?.channel}`;
}

export function rowsOf(payload: Calculation, terms: Terms, shown: Shown): Row[] {
  return isGrouped(payload) ? grouped(payload, terms, shown) : flat(payload, terms, shown);
}

function flat({ num_terms, rest }: Calculation, terms: Terms, { more }: Shown): Row[] {
  const all = Array.from({ length: terms.count }, (_, at) => at);
  return page("", all, { count: num_terms, rest: rest ?? 0, most: more.get("") ?? PAGE }, terms);
}

interface Whole {
  /** How many terms there are, and the sum of those that were not sent. */
  count: number;
  rest: number;
  most: number;
}

/** The first of some terms, and what the others add up to. */
function page(
  key: string,
  all: readonly number[],
  { count, rest, most }: Whole,
  { products }: Terms,
): Row[] {
  const inside = key !== "";
  const rows: Row[] = all.slice(0, most).map((at) => ({ form: "term", at, inside }));
  const hidden = all.slice(most);
  const left = count - rows.length;
  const sum = hidden.reduce((total, at) => total + (products[at] ?? 0), rest);
  if (left > 0) rows.push({ form: "more", key, count: left, sum, sent: hidden.length > 0, inside });
  return rows;
}

function grouped(payload: Calculation, terms: Terms, { open, more }: Shown): Row[] {
  const rows: Row[] = [];
  const { groups } = payload;
  const members = new Map<number, number[]>();
  for (let at = 0; at < terms.count; at += 1) {
    const group = terms.group[at] ?? -1;
    members.set(group, [...(members.get(group) ?? []), at]);
  }
  const most = more.get("") ?? PAGE;
  for (const [at, group] of groups.slice(0, most).entries()) {
    const key = groupKey(payload, at);
    rows.push({ form: "group", at, open: open.has(key) });
    if (!open.has(key)) continue;
    const inside = members.get(at) ?? [];
    const sent = inside.reduce((total, term) => total + (terms.products[term] ?? 0), 0);
    const whole = { count: group.count, rest: group.sum - sent, most: more.get(key) ?? PAGE };
    rows.push(...page(key, inside, whole, terms));
  }
  const hidden = groups.slice(most);
  const sum = hidden.reduce((total, group) => total + group.sum, 0);
  if (hidden.length > 0) {
    const count = hidden.length;
    rows.push({ form: "more", key: "", count, sum, sent: true, inside: false });
  }
  return rows;
}

/** What a full bar stands for: the strongest of what is in the table. */
export function strongest(payload: Calculation, { products }: Terms): number {
  const sums = isGrouped(payload) ? payload.groups.map(({ sum }) => Math.abs(sum)) : [];
  const first = Math.abs(products[0] ?? 0);
  return Math.max(Number.isFinite(first) ? first : 0, ...sums.slice(0, 1));
}
