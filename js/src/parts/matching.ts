/** What a typed text finds among the options of a menu. */

export interface Option {
  value: string;
  text: string;
  /** A second word, e.g. an index or a count. */
  detail?: string;
  /** What it stands under, where options come in groups. */
  group?: string;
  /** Why it cannot be chosen. */
  off?: string;
}

/** The best first: the whole text, its beginning, the beginning of a word in it, anything inside. */
export function matching(options: readonly Option[], typed: string): Option[] {
  const wanted = typed.trim().toLocaleLowerCase();
  if (!wanted) return [...options];
  const ranked = options
    .map((option, place) => ({ option, place, rank: rankOf(option, wanted) }))
    .filter(({ rank }) => rank < NONE);
  ranked.sort((a, b) => a.rank - b.rank || a.place - b.place);
  return ranked.map(({ option }) => option);
}

const NONE = 4;

function rankOf({ text, detail }: Option, wanted: string): number {
  const name = text.toLocaleLowerCase();
  if (name === wanted || detail?.toLocaleLowerCase() === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  const at = name.indexOf(wanted);
  if (at < 0) return NONE;
  return name.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted)) ? 2 : 3;
}

/** Where an arrow key leads in a list of `count`, round its ends; null for another key. */
export function movedTo(key: string, at: number, count: number): number | null {
  const last = count - 1;
  const moves: Record<string, number> = {
    ArrowDown: at >= last ? 0 : at + 1,
    ArrowUp: at <= 0 ? last : at - 1,
    PageDown: Math.min(last, at + 8),
    PageUp: Math.max(0, at - 8),
  };
  return count > 0 ? (moves[key] ?? null) : null;
}
