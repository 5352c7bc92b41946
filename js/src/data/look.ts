/** What the pictures of all samples can do: choose one, leave only some of them, and draw small pictures. */
import { formatCount } from "../draw/format";
import type { Offer } from "../protocol.gen";
import type { Thumbs } from "../samples/thumbs";
import { type Say, wordOf } from "../text";

/** Which samples are wanted; Python finds them. */
export type Wanted =
  | { by: "cells"; cells: [number, number][] }
  | { by: "order"; name: string; of: number }
  | { by: "points" | "doctor"; samples: number[] };

/** The samples that are walked through, and how they were chosen. */
export interface Filter {
  by: Wanted["by"] | "python";
  samples: number[];
  cells?: [number, number][];
  /** What the classes are called. */
  names?: string[][];
  name?: string;
  of?: number;
}

export interface DataLook {
  thumbs: Thumbs;
  filter: Filter | null;
  leave(wanted: Wanted | null): void;
  choose(sample: number): void;
}

/** What a scan would show. Without labels that is not who is right. */
export function hintText(colours: readonly Offer[], say: Say): string {
  const labelled = colours.some(({ name, lacks }) => name === "label" && lacks === "");
  return say(labelled ? "all_hint" : "all_hint_unlabelled");
}

/** "label 3 → predicted 5" */
export function cellText(names: readonly string[], say: Say): string {
  return say("all_cell", { label: names[0] ?? "", predicted: names[1] ?? "" });
}

export function orderText(name: string, of: string, say: Say): string {
  const order = wordOf(say, `all_${name}`);
  return of ? say("all_of", { order, name: of }) : order;
}

/** "label 3 → predicted 5 (7 samples)" */
export function filterText({ by, samples, names = [], name = "" }: Filter, say: Say): string {
  const what = {
    cells: () => names.map((each) => cellText(each, say)).join(" · "),
    order: () => orderText(name, names[0]?.[0] ?? "", say),
    points: () => say("all_points"),
    doctor: () => say("all_doctor"),
    python: () => say("all_python"),
  }[by]();
  return `${what} (${say("list_count", { count: formatCount(samples.length) })})`;
}
