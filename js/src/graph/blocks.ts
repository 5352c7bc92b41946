/**
 * Which layers in a row are one block of a repeated architecture, told by their names alone.
 *
 * Pure: `conv2_block1_1_conv … conv2_block1_out` is "conv2_block1", `block_3_expand …` is "block_3".
 */

export interface Block {
  name: string;
  /** First member, and the one after the last. */
  start: number;
  end: number;
}

const NUMBERED =
  /^(.*?(?:block|bottleneck|cell|decoder|encoder|layer|module|stack|unit)_?\d+[a-z]?)(?:[_./]|$)/i;
/** A shared first word says less than a numbered block: it takes more members to be one. */
const LEAST = { numbered: 2, worded: 3 };

export function blocksOf(names: readonly string[]): Block[] {
  const keys = bridged(names.map(numbered));
  const blocks: Block[] = [];
  for (const run of runsOf(keys)) {
    if (run.name && run.end - run.start >= LEAST.numbered) blocks.push(run);
    else blocks.push(...wordedIn(names, run));
  }
  return joined(blocks);
}

const numbered = (name: string) => NUMBERED.exec(name)?.[1] ?? "";

/** What has no block of its own and stands inside one (an operation without a name) belongs to it. */
function bridged(keys: string[]): string[] {
  const out = [...keys];
  let last = -1;
  for (let i = 0; i < keys.length; i += 1) {
    if (keys[i] === "") continue;
    const same = last >= 0 && keys[last] === keys[i];
    if (same) out.fill(keys[i] ?? "", last, i);
    last = i;
  }
  return out;
}

function runsOf(keys: readonly string[], offset = 0): Block[] {
  const runs: Block[] = [];
  keys.forEach((name, i) => {
    const run = runs.at(-1);
    if (run?.name === name) run.end = offset + i + 1;
    else runs.push({ name, start: offset + i, end: offset + i + 1 });
  });
  return runs;
}

/** Runs that share their first word, e.g. `stem_conv, stem_bn, stem_activation`. */
function wordedIn(names: readonly string[], { start, end }: Block): Block[] {
  const words = names.slice(start, end).map(firstWord);
  return runsOf(words, start)
    .filter((run) => run.name !== "" && run.end - run.start >= LEAST.worded)
    .map((run) => ({ ...run, name: sharedWords(names.slice(run.start, run.end)) }));
}

/** Not where only a number follows: `conv2d_1, conv2d_2` are names that Keras made up. */
function firstWord(name: string): string {
  return /^([^_]+)_(?!\d+$)/.exec(name)?.[1] ?? "";
}

function sharedWords(names: readonly string[]): string {
  const [first = [], ...others] = names.map((name) => name.split("_"));
  let count = 0;
  while (count < first.length && others.every((words) => words[count] === first[count])) count += 1;
  return first.slice(0, Math.max(1, count)).join("_");
}

/** A name that comes again gets a number, as two blocks are two. */
function joined(blocks: Block[]): Block[] {
  const seen = new Map<string, number>();
  return blocks.map((block) => {
    const times = (seen.get(block.name) ?? 0) + 1;
    seen.set(block.name, times);
    return times > 1 ? { ...block, name: `${block.name} (${times})` } : block;
  });
}
