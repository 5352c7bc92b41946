/** What is said beside the numbers: a rule's remark, why there is no sum, the end of the way. */
import { h } from "../dom";
import { formatExact } from "../draw/format";
import type { Calculation, TermSource } from "../protocol.gen";
import type { Answer } from "../rpc";
import { textOf } from "../text";
import type { Context } from "../views/view";
import type { Stop } from "../walk";
import { numberAt } from "./links";
import { inputName } from "./names";
import type { Spot } from "./windows";

export function wordsOf(
  answer: Answer<Calculation>,
  ctx: Context,
  go: (stop: Stop) => void,
): HTMLElement[] {
  const { note, no_rule, sources } = answer.payload;
  const { say } = ctx;
  const found = note ? [h("p", { text: textOf(say, note) })] : [];
  if (!no_rule) return found;
  found.push(h("p", { text: say("no_sum", { reason: textOf(say, no_rule) }) }));
  const links = sources.filter(({ path }) => path !== "").map((source) => link(source, ctx, go));
  if (links.length > 0) found.push(h("p", { class: "kv-went-in" }, say("went_in"), ...links));
  return found;
}

function link(source: TermSource, { say }: Context, go: (stop: Stop) => void): HTMLElement {
  const button = h("button", { type: "button", class: "kv-link" }, inputName(source, [], say));
  button.disabled = source.layer_kind === "";
  const stop = { path: source.path, unit: 0, place: null, stage: "", end: false };
  button.addEventListener("click", () => go(stop));
  return button;
}

/** A number of the input: nothing is behind it. */
export function endLine(answer: Answer<Calculation>, end: Spot, ctx: Context): HTMLElement[] {
  const { say, emit, walk } = ctx;
  const found = numberAt(answer, end);
  const back = h("button", { type: "button", class: "kv-button", text: say("way_back") });
  back.addEventListener("click", () => emit({ type: "crumb", at: walk.stops.length - 2 }));
  const value = h("output", {
    class: "kv-part-value",
    text: found === null ? "–" : formatExact(found),
  });
  const caption = h("span", {
    class: "kv-part-caption",
    text: say("way_ends", { path: end.path }),
  });
  return [h("span", { class: "kv-part" }, h("span"), value, caption), back];
}
