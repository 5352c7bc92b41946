/** What a layer makes of many samples, as points. */
import { h, setText } from "../dom";
import { formatCount, formatNumber, formatPercent } from "../draw/format";
import { scatter } from "../figures/scatter";
import { chartBox } from "../parts/chart";
import { tools } from "../parts/tools";
import type { Projection } from "../protocol.gen";
import { tensorOf } from "../tensor";
import { type Say, wordOf } from "../text";
import { pointEvents, readWith } from "./points";
import { asKind, type Context, type View } from "./view";

const WIDEST = 900;
const NONE = "#94a4a2";

export const projection: View<Projection> = {
  kind: "projection",
  render(answer, ctx) {
    const title = h("h4", { class: "kv-figure-title" });
    const readout = h("output", { class: "kv-readout kv-all-readout" });
    const aside = tools(() => element, ctx.signal);
    const head = h("div", { class: "kv-view-head" }, title, readout, aside.element);
    const legend = h("div", { class: "kv-key" });
    const notes = h("p", { class: "kv-muted kv-all-note" });
    const box = h("div", { class: "kv-chart-box" });
    const element = h("div", {}, head, legend, box, notes);
    let shown = answer;
    let ring: readonly number[] | null = null;
    let now = ctx;
    const samples = () => tensorOf(shown.tensors, "samples").values;
    const level = (i: number) => tensorOf(shown.tensors, "levels").values[i] ?? 255;
    const name = (i: number) => groupName(shown.payload, level(i), now.say);
    const events = pointEvents(samples, () => now, readWith(readout), name);
    const cloud = scatter(events, ctx.signal);
    const draw = () => {
      const left = new Set(now.all?.filter?.samples ?? samples());
      const [x, y] = axesOf(shown.payload, now.say);
      cloud.draw({
        points: tensorOf(shown.tensors, "points").values,
        color: (i) => colorOf(shown.payload, level(i)),
        left: (i) => left.has(samples()[i] ?? -1),
        ring,
        names: [x, y],
        numbers: shown.payload.explained.length > 0,
        diagonal: false,
        label: title.textContent ?? "",
        width: now.width,
      });
    };
    const chart = chartBox("projection", box, ctx, { element: cloud.element, draw });
    events.listen(box, ctx.signal);
    const refresh = (context: Context) => {
      const { payload } = shown;
      const width = Math.min(WIDEST, context.width);
      now = { ...context, width };
      setText(title, `${payload.layer} · ${wayName(payload.way)}`);
      legend.replaceChildren(...legendOf(payload, context.say));
      setText(notes, notesOf(payload, samples().length, context.say));
      aside.update(payload.code, `${payload.layer} ${payload.way}`, context.say);
      chart.resize(width);
      chart.draw();
    };
    refresh(ctx);
    return {
      element,
      refresh,
      update(next, context) {
        const point = asKind(next, "projected_sample");
        if (point) ring = point.payload.at;
        const found = asKind(next, "projection");
        if (!point && !found) return false;
        if (found) shown = found;
        refresh(context);
        return true;
      },
    };
  },
};

export function wayName(way: string): string {
  return { pca: "PCA", umap: "UMAP", "t-sne": "t-SNE" }[way] ?? way;
}

function axesOf({ explained }: Projection, say: Say): [string, string] {
  const name = (share: number | undefined, i: number) =>
    share === undefined ? "" : say("all_axis", { number: i + 1, share: formatPercent(share) });
  return [name(explained[0], 0), name(explained[1], 1)];
}

function colorOf({ groups, domain, ramp }: Projection, level: number): string {
  const group = groups[level];
  if (group) return group.colour;
  if (!domain) return "var(--kv-bar)";
  return ramp[level > 254 ? -1 : Math.round((level / 254) * (ramp.length - 1))] ?? NONE;
}

function groupName({ groups, domain, colour }: Projection, level: number, say: Say): string {
  const group = groups[level];
  const name = group ? group.name : "";
  if (name) return `${wordOf(say, colour)} ${name}`;
  if (!domain || level > 254) return "";
  const value = domain.low + (level / 254) * (domain.high - domain.low);
  return `${wordOf(say, colour)} ≈ ${formatNumber(value, 2)}`;
}

function legendOf({ groups, domain, colour, ramp }: Projection, say: Say): HTMLElement[] {
  const items = groups.map(({ name, colour: color, count }) => {
    const dot = h("span", { class: "kv-all-dot" });
    dot.style.background = color;
    const text = `${name || say("all_rest")} · ${formatCount(count)}`;
    return h("span", { class: "kv-key-item" }, dot, h("span", { text }));
  });
  if (!domain) return items;
  const bar = h("span", { class: "kv-all-bar" });
  bar.style.background = `linear-gradient(90deg, ${ramp.join(", ")})`;
  const high = formatNumber(domain.high, 3);
  const words = `${wordOf(say, colour)} ${formatNumber(domain.low, 3)}`;
  return [
    h("span", { class: "kv-key-item" }, h("span", { text: words }), bar, h("span", { text: high })),
  ];
}

function notesOf(payload: Projection, shown: number, say: Say): string {
  const { samples, used, over, left_out } = payload;
  const total = formatCount(samples);
  const parts = [
    shown + left_out < samples
      ? say("all_part", { shown: formatCount(shown), total, share: formatPercent(shown / samples) })
      : say("list_count", { count: formatCount(shown) }),
    over.length > 0
      ? say("all_over", {
          used: formatCount(used),
          axes: over.map((axis) => wordOf(say, axis)).join(", "),
        })
      : say("all_used", { used: formatCount(used) }),
  ];
  if (left_out > 0) parts.push(say("all_left_out", { count: formatCount(left_out) }));
  if (payload.explained.length === 0) parts.push(say("all_no_axes"));
  return `${parts.join(" · ")}. ${say("all_draw")}`;
}
