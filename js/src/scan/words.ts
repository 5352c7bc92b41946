/** The scan in words: before it, while it runs, after it; and what its rows of samples are. */
import { formatCount, formatNumber } from "../draw/format";
import type { ScanFacts, UnitData } from "../protocol.gen";
import type { Say, TextKey } from "../text";
import { about } from "../why/names";

export const ROWS = ["top", "typical", "bottom"] as const;
export type Row = (typeof ROWS)[number];

export function underWay(share: number, { samples }: ScanFacts, say: Say): string {
  const done = formatCount(Math.round(share * samples));
  return `${say("scan_running")} ${done} / ${formatCount(samples)}`;
}

export function told(facts: ScanFacts, say: Say): string {
  const count = formatCount(facts.samples);
  if (facts.scanned === 0) {
    const time = facts.seconds === null ? "" : ` · ${about(facts.seconds)}`;
    return say("scan_samples", { count }) + time;
  }
  if (facts.complete) return say("scan_done", { count: formatCount(facts.scanned) });
  return say("scan_part", { done: formatCount(facts.scanned), count });
}

/** What a row of samples is called; no ranking where all are tied, and one row alone where every sample is. */
export function rowTitle(unit: Pick<UnitData, Row>, row: Row, say: Say) {
  const [one, ...others] = unit[row];
  const alike = one && unit.top[0]?.value === unit.bottom[0]?.value;
  const tied = one && others.length > 0 && others.every(({ value }) => value === one.value);
  return {
    words: alike && row !== "top" ? "" : say(alike ? "data_alike" : (`data_${row}` as TextKey)),
    tie: tied ? say("data_tied", { count: others.length + 1, value: formatNumber(one.value) }) : "",
  };
}
