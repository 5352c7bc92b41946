/** What a layer makes of many samples, as points. */
import { h, setText } from "../dom";
import { formatCount, formatNumber, formatPercent } from "../draw/format";
import { type Cloud, scatter } from "../figures/scatter";
import { chartBox } from "../parts/chart";
import { tools } from "../parts/tools";
import type { ColourGroup, Projection } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { type Say, wordOf } from "../text";
import { pointEvents, readWith } from "./points";
import { asKind, type Context, type Rendered, type View } from "./view";

const WIDEST = 900;
const NONE = "#94a4a2";

export const projection: View<Projection> = {
  kind: "projection",
  render(answer, ctx) {
    const parts = partsOf(ctx);
    let shown = answer;
    let ring: readonly number[] | null = null;
    let now = ctx;
    const samples = () => tensorOf(shown.tensors, "samples").values;
    const name = (i: number) => groupName(shown.payload, levelOf(shown, i), now.say);
    const events = pointEvents(samples, () => now, readWith(parts.readout), name);
    const cloud = scatter(events, ctx.signal);
    const draw = () => cloud.draw(cloudOf(shown, ring, now));
    const chart = chartBox("projection", parts.box, ctx, { element: cloud.element, draw });
    events.listen(parts.box, ctx.signal);
    const refresh = (context: Context) => {
      now = { ...context, width: Math.min(WIDEST, context.width) };
      parts.show(shown, context);
      chart.resize(now.width);
      chart.draw();
    };
    refresh(ctx);
    const update: Rendered["update"] = (next, context) => {
      const point = asKind(next, "projected_sample");
      const found = asKind(next, "projection");
      if (point) ring = point.payload.at;
      if (found) shown = found;
      if (point || found) refresh(context);
      return point !== null || found !== null;
    };
    return { element: parts.element, refresh, update };
  },
};

function partsOf({ signal }: Context) {
  const title = h("h4", { class: "kv-figure-title" });
  const readout = h("output", { class: "kv-readout kv-all-readout" });
  const aside = tools(() => element, signal);
  const head = h("div", { class: "kv-view-head" }, title, readout, aside.element);
  const groups = legendOf(signal);
  const notes = h("p", { class: "kv-muted kv-all-note" });
  const box = h("div", { class: "kv-chart-box" });
  const element = h("div", {}, head, groups.element, box, notes);
  return {
    element,
    readout,
    box,
    show(shown: Answer<Projection>, now: Context) {
      const [{ payload }, { say }] = [shown, now];
      setText(title, titleOf(payload));
      groups.show(shown, now);
      setText(notes, notesOf(payload, tensorOf(shown.tensors, "samples").values.length, say));
      aside.update(payload.code, `${payload.layer} ${payload.way}`, say);
    },
  };
}

function titleOf({ layer, way }: Projection): string {
  return `${layer} · ${wayName(way)}`;
}

function levelOf({ tensors }: Answer<Projection>, i: number): number {
  return tensorOf(tensors, "levels").values[i] ?? 255;
}

function cloudOf(shown: Answer<Projection>, ring: Cloud["ring"], now: Context): Cloud {
  const { payload, tensors } = shown;
  const samples = tensorOf(tensors, "samples").values;
  const left = new Set(now.all?.filter?.samples ?? samples);
  return {
    points: tensorOf(tensors, "points").values,
    color: (i) => colorOf(payload, levelOf(shown, i)),
    left: (i) => left.has(samples[i] ?? -1),
    ring,
    names: axesOf(payload, now.say),
    numbers: payload.explained.length > 0,
    diagonal: false,
    label: titleOf(payload),
    width: now.width,
  };
}

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

/** What colours mean. A group is a button that leaves its samples alone, as drawing around them does. */
function legendOf(signal: AbortSignal) {
  const element = h("div", { class: "kv-key" });
  let drawn: Answer<Projection> | null = null;
  let words: Say | null = null;
  let now: Context | null = null;
  const press = (mine: readonly number[]) => {
    const on = isLeft(mine, now);
    now?.all?.leave(on ? null : { by: "points", samples: [...mine] });
  };
  let marks: (() => void)[] = [];
  const groupOf = (shown: Answer<Projection>, level: number, say: Say) => {
    const { name, colour, count } = shown.payload.groups[level] as ColourGroup;
    const mine = samplesOf(shown, level);
    const dot = h("span", { class: "kv-all-dot" });
    dot.style.background = colour;
    const text = `${name || say("all_rest")} · ${formatCount(count)}`;
    const title = say("all_group");
    const button = h(
      "button",
      { type: "button", class: "kv-key-item kv-key-group", title },
      dot,
      text,
    );
    button.addEventListener("click", () => press(mine), { signal });
    marks.push(() => button.setAttribute("aria-pressed", String(isLeft(mine, now))));
    return button;
  };
  return {
    element,
    show(shown: Answer<Projection>, context: Context) {
      now = context;
      if (drawn !== shown || words !== context.say) {
        marks = [];
        const { say } = context;
        const groups = shown.payload.groups.map((_, level) => groupOf(shown, level, say));
        element.replaceChildren(...groups, ...rampOf(shown.payload, say));
      }
      [drawn, words] = [shown, context.say];
      for (const mark of marks) mark();
    },
  };
}

function samplesOf(shown: Answer<Projection>, level: number): number[] {
  const samples = Array.from(tensorOf(shown.tensors, "samples").values);
  return samples.filter((_, i) => levelOf(shown, i) === level);
}

/** Whether these very samples are the ones that are left. */
function isLeft(mine: readonly number[], now: Context | null): boolean {
  return now?.all?.filter?.samples.join() === mine.join();
}

function rampOf({ domain, colour, ramp }: Projection, say: Say): HTMLElement[] {
  if (!domain) return [];
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
