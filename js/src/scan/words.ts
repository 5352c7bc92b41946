/** The scan in a line: before it, while it runs, after it. */
import { formatCount } from "../draw/format";
import type { ScanFacts } from "../protocol.gen";
import type { Say } from "../text";
import { about } from "../why/names";

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
