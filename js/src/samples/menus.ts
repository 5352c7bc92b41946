/** What the two menus offer: lists of samples, and targets. */
import { formatCount } from "../draw/format";
import type { Option } from "../parts/matching";
import type { Choices, LayerHead, Listing } from "../protocol.gen";
import type { Shared } from "../store";
import type { Say } from "../text";
import { unitAxis } from "../walk";

export const ALL = "all";
/** Samples that were chosen elsewhere: on the screen or in Python. */
export const CHOSEN = "chosen";
export const AUTOMATIC = "auto";
const LABEL = "label:";

/** How to list, as the request takes it; null for all. */
export function listOf(value: string): { by: string; label: string } | null {
  if (value === ALL) return null;
  const label = value.startsWith(LABEL);
  return label ? { by: "label", label: value.slice(LABEL.length) } : { by: value, label: "" };
}

export function listOptions(choices: Choices | null, say: Say, filtered = false): Option[] {
  const options: Option[] = [{ value: ALL, text: say("list_all") }];
  if (filtered) options.push({ value: CHOSEN, text: say("list_chosen") });
  const add = (by: "right" | "wrong" | "unsure" | "mistakes") =>
    options.push({ value: by, text: say(`list_${by}`) });
  if (choices?.by_truth) add("wrong");
  if (choices?.by_truth) add("right");
  if (choices?.by_margin) add("unsure");
  if (choices?.by_truth) add("mistakes");
  for (const { name, count } of choices?.labels ?? []) {
    const option = { value: LABEL + name, text: say("list_label", { name }) };
    options.push(count === null ? option : { ...option, detail: formatCount(count) });
  }
  return options;
}

/** What a list holds, in words. */
export function listText({ by, looked, total }: Listing, count: number, say: Say): string {
  const whole = looked >= total;
  if (count === 0 && whole) return say("list_none");
  if (count === 0) return say("list_none_first", { looked: formatCount(looked) });
  const values = { count: formatCount(count), looked: formatCount(looked) };
  if (whole) return say("list_count", values);
  return say(by === "unsure" ? "list_first" : "list_count_first", values);
}

/** By what a list is ordered; "" where it keeps the order of the samples. */
export function orderText(by: string, say: Say): string {
  return by === "unsure" || by === "mistakes" ? say(`list_${by}_why`) : "";
}

export function targetOptions(choices: Choices | null, say: Say): Option[] {
  const off = choices?.targets_off ?? "";
  const text = say(off ? `target_${off}_short` : "target_automatic");
  const automatic = { value: AUTOMATIC, text };
  const count = choices?.num_targets ?? 0;
  const named = Array.from({ length: count }, (_, index) => {
    const name = choices?.class_names[index];
    const value = String(index);
    return name === undefined || name === value
      ? { value, text: value }
      : { value, text: name, detail: value };
  });
  return [automatic, ...named];
}

/** The chosen unit at its place, and the sum of its map; and a unit that is the target and no longer chosen. */
export function unitOptions(
  { target, layer, unit, place }: Readonly<Shared>,
  head: LayerHead | null,
  say: Say,
): Option[] {
  const group = say("target_units");
  const options: Option[] = [];
  const add = (index: readonly (number | string)[], detail: string) =>
    options.push({ value: `${layer}[${index.join(", ")}]`, text: "", detail, group });
  if (head?.path === layer && /^b?float/.test(head.dtype)) {
    const rank = head.shape.length;
    const at = unitAxis(head.axes);
    if (place) add(place, say("target_this_number"));
    if (rank === 1 && !place) add([unit], say("target_this_unit"));
    if (rank > 1)
      add(
        head.shape.map((_, axis) => (axis === at ? unit : ":")),
        say("target_sum", { unit }),
      );
  }
  const listed = options.some(({ value }) => value === target);
  if (typeof target === "string" && !listed) options.unshift({ value: target, text: "", group });
  return options.map((option) => ({ ...option, text: option.value }));
}
