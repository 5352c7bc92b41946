/** Numbers that were typed, and what is wrong with them. */
import type { TextKey } from "../text";

export interface Wanted {
  /** null: any count from 1 on. */
  count: number | null;
  whole: boolean;
}

export interface Problem {
  key: TextKey;
  values: Record<string, string | number>;
}

export type Parsed = { numbers: Float32Array } | { problem: Problem };

/** Numbers with spaces, commas, semicolons or brackets between them. */
export function parseNumbers(text: string, { count, whole }: Wanted): Parsed {
  const words = text.split(/[\s,;[\]()]+/).filter((word) => word !== "");
  for (const word of words) {
    const problem = problemOf(word, whole);
    if (problem) return { problem };
  }
  if (count === null ? words.length === 0 : words.length !== count) {
    const key = count === null ? "own_no_numbers" : "own_count";
    return { problem: { key, values: { found: words.length, wanted: count ?? 1 } } };
  }
  return { numbers: Float32Array.from(words, numberOf) };
}

function problemOf(word: string, whole: boolean): Problem | null {
  const number = Math.fround(numberOf(word));
  if (!Number.isFinite(number)) return { key: "own_not_a_number", values: { word } };
  if (whole && !Number.isInteger(number)) return { key: "own_not_whole", values: { word } };
  return null;
}

/** NaN for what is no decimal number; "0x10" is none. */
function numberOf(word: string): number {
  const plain = word.replace("−", "-");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}

/** The shortest way to type exactly this float32. */
export function typed(value: number): string {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits += 1) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return String(short);
  }
  return String(single);
}
