/** Where a link of the table leads: a layer's number, an inner result, or the end of the way. */
import type { Calculation, TermSource } from "../protocol.gen";
import type { Answer } from "../rpc";
import type { Context } from "../views/view";
import { type Stop, stopAt } from "../walk";
import { stageAt } from "./names";
import { type Terms, termsOf } from "./terms";
import type { Spot } from "./windows";

/** What the kernel was asked for. */
export function standOf({ walk, state }: Context): Stop {
  const { layer: path, unit, place } = state;
  return walk.stand ?? { path, unit, place, stage: "", end: false };
}

export function inputStop(source: TermSource, index: readonly number[], ctx: Context): Stop | null {
  if (source.stage) return { ...standOf(ctx), stage: stageAt(source.stage, index), end: false };
  if (!source.path) return null;
  return { ...stopAt(source.path, source.axes, index), end: source.layer_kind === "" };
}

/** Only another output's number or an inner result is looked at; a variable is where it ends. */
export function weightStop(
  source: TermSource,
  index: readonly number[],
  weight: readonly number[],
  ctx: Context,
): Stop | null {
  if (source.weight_stage)
    return { ...standOf(ctx), stage: stageAt(source.weight_stage, index), end: false };
  const layer = ctx.network?.cards.some(({ path }) => path === source.weight_path);
  return layer && weight.length > 0 ? stopAt(source.weight_path, [], weight) : null;
}

export function spotOf(answer: Answer<Calculation>, term: number): Spot | null {
  const terms = termsOf(answer);
  const source = terms && sourceOf(answer, terms, term);
  if (!source) return null;
  return { path: source.path, index: terms.index(term), weight: terms.weightIndex(term) };
}

/** The input's number where the walk ended, if it belongs to what is shown. */
export function endOf({ payload }: Answer<Calculation>, { walk }: Context): Spot | null {
  const { now, stand } = walk;
  if (!now?.end || !now.place || stand?.path !== payload.path) return null;
  return { path: now.path, index: now.place };
}

/** A number of the input: as a term of the sum has it, or as the picture does; null where neither shows it. */
export function numberAt(answer: Answer<Calculation>, spot: Spot): number | null {
  return ofTerms(answer, spot) ?? ofWindows(answer, spot);
}

function ofTerms(answer: Answer<Calculation>, { path, index }: Spot): number | null {
  const terms = termsOf(answer);
  for (let at = 0; terms && at < terms.count; at += 1) {
    const source = sourceOf(answer, terms, at);
    const here = source?.path === path && !source.function && !source.stage;
    if (here && String(terms.index(at)) === String(index)) return terms.inputs[at] ?? null;
  }
  return null;
}

function ofWindows({ payload, tensors }: Answer<Calculation>, { path, index }: Spot) {
  for (const [i, window] of payload.windows.entries()) {
    const { place, rows_axis, columns_axis } = window;
    const drawn = [rows_axis, columns_axis];
    const inPlane = place.every((at, axis) => drawn.includes(axis) || at === index[axis]);
    const tensor = tensors.get(`window${i}`);
    if (window.path !== path || window.pooled > 1 || !inPlane || !tensor) continue;
    const [row, column] = drawn.map((axis) => index[axis] ?? 0) as [number, number];
    return tensor.values[row * (tensor.shape[1] ?? 1) + column] ?? null;
  }
  return null;
}

function sourceOf({ payload }: Answer<Calculation>, { source }: Terms, term: number) {
  return payload.sources[source[term] ?? 0];
}
