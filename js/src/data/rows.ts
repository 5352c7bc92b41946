/** Rows of small pictures: the first samples of an order, each to be chosen, all of them to be walked through. */
import { h, setText, span } from "../dom";
import { formatCount, formatNumber, formatPercent } from "../draw/format";
import type { Data, RowItem, SampleRow } from "../protocol.gen";
import { pictureOf } from "../samples/thumb";
import type { Say, TextKey } from "../text";
import type { Context } from "../views/view";
import { type DataLook, orderText } from "./look";

export interface Rows {
  element: HTMLElement;
  show(data: Data, ctx: Context, all: DataLook): void;
  /** Which sample is on the screen, which order is walked through, which pictures came. */
  mark(ctx: Context, all: DataLook): void;
}

export function rows(signal: AbortSignal): Rows {
  const element = h("div", { class: "kv-all-rows" });
  let marks: ((ctx: Context, all: DataLook) => void)[] = [];
  const mark: Rows["mark"] = (ctx, all) => {
    for (const each of marks) each(ctx, all);
  };
  return {
    element,
    mark,
    show(data, ctx, all) {
      marks = [];
      const made = data.rows.map((row) => rowOf(row, data.quantity, ctx.say, all, marks, signal));
      element.replaceChildren(...made);
      all.thumbs.fetch(data.rows.flatMap(({ items }) => items.map(({ sample }) => sample)));
      mark(ctx, all);
    },
  };
}

type Mark = (ctx: Context, all: DataLook) => void;

function rowOf(
  row: SampleRow,
  quantity: string,
  say: Say,
  all: DataLook,
  marks: Mark[],
  signal: AbortSignal,
): HTMLElement {
  const { name, of, of_name, walked } = row;
  const title = orderText(name, of_name, say);
  const why = say(BY_LEAD.includes(name) ? "all_lead_why" : `all_${name as "loss"}_why`);
  const text = say("all_walk", { count: formatCount(walked) });
  const walk = h("button", { type: "button", class: "kv-chip", text, title: `${text}: ${title}` });
  walk.addEventListener("click", () => all.leave({ by: "order", name, of }), { signal });
  marks.push((_, { filter }) => {
    const on = filter?.by === "order" && filter.name === name && filter.of === of;
    walk.setAttribute("aria-pressed", String(on));
  });
  const items = row.items.map((item) => shotOf(item, name, quantity, say, all, marks, signal));
  return h(
    "section",
    { "aria-label": title },
    h("div", { class: "kv-all-row-head" }, h("h4", { text: title }), span("kv-muted", why), walk),
    h("div", { class: "kv-all-row" }, ...items),
  );
}

const BY_LEAD = ["mistakes", "sure", "unsure"];
const WORDS: Record<string, TextKey> = { loss: "loss", errors: "all_error" };

function shotOf(
  { sample, label, predicted, value }: RowItem,
  name: string,
  quantity: string,
  say: Say,
  all: DataLook,
  marks: Mark[],
  signal: AbortSignal,
): HTMLElement {
  const share = BY_LEAD.includes(name) && quantity === "probability";
  const number = share ? formatPercent(value) : formatNumber(value, 3);
  const words = [
    `${say("sample")} ${formatCount(sample)}`,
    label === null ? "" : `${say("label")} ${label}`,
    `${say("predicted")} ${predicted}`,
    `${say(WORDS[name] ?? "all_lead")} ${number}`,
  ];
  const said = words.filter(Boolean).join(" · ");
  const tile = h("span", { class: "kv-thumb-tile" });
  const text = label === null ? predicted : `${label} → ${predicted}`;
  const button = h(
    "button",
    { type: "button", class: "kv-shot", "aria-label": said, title: said, "data-sample": sample },
    tile,
    h("span", { class: "kv-shot-name", text }),
    h("span", { class: "kv-muted", text: number }),
  );
  button.addEventListener("click", () => all.choose(sample), { signal });
  let drawn = "";
  marks.push((ctx, { thumbs }) => {
    button.setAttribute("aria-pressed", String(ctx.state.sample === sample));
    const small = thumbs.get(sample);
    const key = `${small?.serial} ${ctx.dark} ${ctx.sequential}`;
    if (key === drawn) return;
    drawn = key;
    const picture = small ? pictureOf(small, ctx) : null;
    if (picture) tile.replaceChildren(picture);
    else setText(tile, formatCount(sample));
  });
  return button;
}
