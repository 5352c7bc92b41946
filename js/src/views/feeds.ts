/** Where one number goes: the outputs that take it, and how much of the score flows through each of them. */
import { fillBar, numberCell } from "../calculation/lines";
import { nameOf } from "../calculation/names";
import { h, setText } from "../dom";
import { columnFormat, formatCount, formatNumber } from "../draw/format";
import { tools } from "../parts/tools";
import type { Feed, Feeds } from "../protocol.gen";
import type { Say } from "../text";
import { stopAt } from "../walk";
import { asKind, type Context, type View } from "./view";

const COLUMNS = ["to", "weight", "slope", "gradient", "share", "bar"] as const;
type Named = "weight" | "slope" | "gradient" | "share";
const NUMBERS: readonly Named[] = ["weight", "slope", "gradient", "share"];

export const feeds: View<Feeds> = {
  kind: "feeds",
  render(answer, ctx) {
    const line = h("p", { class: "kv-flow-sum" });
    const body = h("tbody");
    const head = h(
      "tr",
      {},
      ...COLUMNS.map((name) => h("th", { scope: "col", class: columnClass(name) })),
    );
    const table = h("table", { class: "kv-terms" }, h("thead", {}, head), body);
    const box = h("div", { class: "kv-terms-box kv-scroll" }, table);
    const aside = tools(() => element, ctx.signal);
    const foot = h("div", { class: "kv-notes" });
    const top = h("div", { class: "kv-view-head" }, line, aside.element);
    const element = h("div", { class: "kv-view kv-calculation" }, top, box, foot);
    let shown = answer;
    const refresh = (now: Context) => {
      const { payload } = shown;
      const { say } = now;
      aside.update(payload.code, `${payload.path} feeds`, say);
      line.replaceChildren(...sumOf(payload, say));
      for (const [i, name] of COLUMNS.entries())
        setText(head.children[i] as Element, name === "bar" ? "" : say(`flow_${name}`));
      const focused = body.contains(document.activeElement);
      body.replaceChildren(...rowsOf(payload, now));
      if (focused) body.querySelector("button")?.focus({ preventScroll: true });
      box.hidden = payload.feeds.length === 0;
      foot.replaceChildren(...notesOf(payload, say));
    };
    refresh(ctx);
    return {
      element,
      refresh,
      update(next, now) {
        const found = asKind(next, "feeds");
        if (found) shown = found;
        if (found) refresh(now);
        return found !== null;
      },
    };
  },
};

function columnClass(name: string): string {
  return { to: "kv-col-from", bar: "kv-col-bar", share: "kv-col-product" }[name] ?? "kv-col-input";
}

/** gradient × value = what flows through the number. */
function sumOf({ value, gradient, total, score }: Feeds, say: Say): (HTMLElement | string)[] {
  if (gradient === null || value === null) return [say("flow_none")];
  const text = `${formatNumber(value, 5)} × ${formatNumber(gradient, 5)} =`;
  const sum = h("strong", { text: formatNumber(total, 5) });
  return [`${say("flow_sum")} ${text} `, sum, ` ${say("flow_of", { score })}`];
}

function rowsOf({ feeds, num_outputs, rest }: Feeds, ctx: Context): HTMLElement[] {
  const most = Math.max(...feeds.map(({ share }) => Math.abs(share ?? 0)), 0);
  const format = Object.fromEntries(
    NUMBERS.map((name) => [name, columnFormat(feeds.map((feed) => feed[name] ?? 0))]),
  ) as Record<Named, (value: number) => string>;
  const rows = feeds.map((feed) => rowOf(feed, { ctx, most, format }));
  const left = num_outputs - feeds.length;
  if (left <= 0 || rest === null) return rows;
  const text = ctx.say("flow_more", { count: formatCount(left) });
  const more = h("th", { scope: "row", colspan: 4, class: "kv-muted", text });
  const sum = h("td", { class: "kv-col-product", text: format.share(rest) });
  return [...rows, h("tr", { class: "kv-row-more" }, more, sum, h("td"))];
}

interface Shape {
  ctx: Context;
  most: number;
  format: Record<Named, (value: number) => string>;
}

function rowOf(feed: Feed, { ctx, most, format }: Shape): HTMLElement {
  const link = h("button", { type: "button", class: "kv-link" }, nameOf(feed.path, feed.index));
  const stop = stopAt(feed.path, [], feed.index);
  link.addEventListener("click", () => ctx.emit({ type: "stop", stop }));
  const cells = NUMBERS.map((name) => {
    const cell = h("td", { class: columnClass(name) });
    numberCell(cell, feed[name], format[name]);
    return cell;
  });
  const bar = h("td", { class: "kv-col-bar" }, h("span", { class: "kv-term-track" }, h("span")));
  fillBar(bar, feed.share ?? 0, most);
  return h("tr", { class: "kv-row-term" }, h("th", { scope: "row" }, link), ...cells, bar);
}

function notesOf({ unknown }: Feeds, say: Say): HTMLElement[] {
  if (unknown.length === 0) return [];
  return [h("p", { text: say("flow_unknown", { layers: unknown.join(", ") }) })];
}
