/** Beside the picture: by what, about what, against what, how far off, and when not to trust it. */
import { h } from "../dom";
import { formatNumber, formatPercent } from "../draw/format";
import type { Attributed } from "../protocol.gen";
import { type Say, wordOf } from "../text";
import type { Context } from "../views/view";
import { formatSeconds, methodName } from "./names";

/** More than this share of what was to be split up, and δ is marked. */
const TOO_FAR = 0.05;

export interface Facts {
  element: HTMLElement;
  update(payload: Attributed, ctx: Context): void;
}

export function facts(): Facts {
  const name = h("h3", { class: "kv-name" });
  const points = h("span", { class: "kv-tag" });
  const list = h("dl", { class: "kv-why-facts" });
  const text = h("div", { class: "kv-why-words" });
  const head = h("div", { class: "kv-why-name" }, name, points);
  const update = (payload: Attributed, { say }: Context) => {
    name.textContent = methodName(payload.method);
    points.textContent = pointsOf(payload, say);
    points.hidden = points.textContent === "";
    list.replaceChildren(...entries(payload, say));
    text.replaceChildren(...wordsOf(payload, say));
  };
  return { element: h("div", { class: "kv-why-about" }, head, list, text), update };
}

function pointsOf({ done, total, counted }: Attributed, say: Say): string {
  if (!counted) return "";
  const what = say(counted === "num_steps" ? "why_steps" : "why_samples");
  return done < total ? `${done} / ${total} ${what} …` : `${total} ${what}`;
}

function entries(payload: Attributed, say: Say): HTMLElement[] {
  const { value, baseline_value, delta, score, targeted } = payload;
  const ends = payload.pictures.map(
    ({ low, high }) => `${formatNumber(low)} … ${formatNumber(high)}`,
  );
  return [
    entry(say("target"), targeted ? targetOf(payload, say) : say("why_any_target")),
    entry(say("why_score"), targeted ? `${formatNumber(value)}, ${score}` : ""),
    entry(say("why_of"), payload.family === "attention" ? "" : payload.layer || say("why_inputs")),
    entry(say("why_baseline"), baselineOf(payload, say)),
    delta === null ? null : deltaOf(delta, value, baseline_value, say),
    entry(say("why_range"), ends.join("; ")),
    entry(say("why_time"), formatSeconds(payload.seconds)),
  ].flatMap((pair) => pair ?? []);
}

function targetOf({ asked_target, target_name, target }: Attributed, say: Say): string {
  if (!target_name) return say("target_one_short");
  const plain = typeof asked_target === "string" || target_name === target.join(", ");
  const named = plain ? target_name : `${target_name} (${target.join(", ")})`;
  return asked_target === null ? `${named}, ${say("why_predicted")}` : named;
}

function entry(name: string, text: string): HTMLElement[] | null {
  return text ? [h("dt", { text: name }), h("dd", { text })] : null;
}

function baselineOf({ baseline, baseline_value, background }: Attributed, say: Say): string {
  if (!baseline) return "";
  const word =
    background > 0
      ? say("why_background", { count: background })
      : wordOf(say, `baseline_${baseline}`.replaceAll("-", "_"));
  return baseline_value === null
    ? word
    : `${word}, ${say("why_scores", { value: formatNumber(baseline_value) })}`;
}

/** Σ values − (score − score of the baseline): what was left over or invented. */
function deltaOf(
  delta: number,
  value: number | null,
  baseline: number | null,
  say: Say,
): HTMLElement[] {
  const difference = (value ?? 0) - (baseline ?? 0);
  const share = difference === 0 ? 0 : Math.abs(delta / difference);
  const text = say("why_delta_of", {
    delta: formatNumber(delta, 3),
    difference: formatNumber(difference),
  });
  const far = share > TOO_FAR;
  return [
    h("dt", { text: "δ", title: say("why_delta") }),
    h(
      "dd",
      { title: say("why_delta") },
      `${text} `,
      h("span", {
        class: far ? "kv-bad" : "kv-good",
        text: `${far ? "✗" : "✓"} ${formatPercent(share)}`,
      }),
    ),
  ];
}

function wordsOf({ words, note, changed }: Attributed, say: Say): HTMLElement[] {
  const link = h("a", {
    href: words.link,
    target: "_blank",
    rel: "noopener noreferrer",
    text: words.paper,
  });
  const paper = words.link ? h("p", { class: "kv-muted" }, link) : null;
  return [
    note && h("p", { class: "kv-why-note", text: note }),
    changed && h("p", { class: "kv-why-note", text: say("why_changed") }),
    h("h4", { text: say("why_shows") }),
    h("p", { text: plain(words.shows) }),
    h("h4", { text: say("why_trust") }),
    h("p", { text: plain(words.trust) }),
    paper,
  ].filter((each) => each instanceof HTMLElement);
}

/** Python's marks of code are no use here, and `delta` is called δ. */
function plain(text: string): string {
  return text.replaceAll("`delta`", "δ").replaceAll("`", "");
}
