/**
 * What a view is. `render` is pure in (answer, ctx): no model, no messages, no measuring; what the
 * user does goes out through `ctx.emit`. It returns more than an element, so that the next sample
 * is painted into the picture that is there: focus, hover and scroll position survive.
 */
import type { DataLook } from "../data/look";
import type { Sequential } from "../draw/colormap";
import type { Mounted } from "../host";
import type { Made } from "../own/sender";
import type { Marks, Network, Payload, Proof } from "../protocol.gen";
import type { Answer } from "../rpc";
import type { Shared } from "../store";
import type { Say } from "../text";
import type { Stop, Walk } from "../walk";
import type { WhyLook } from "../why/look";

export type ViewEvent =
  | { type: "layer"; path: string }
  /** Without a place: the same place of another unit. */
  | { type: "unit"; unit: number; place?: readonly number[] | null }
  /** From a number to one of those it is made of. */
  | { type: "stop"; stop: Stop }
  /** Back to that stop of the walk. */
  | { type: "crumb"; at: number }
  | { type: "option"; name: string; value: string | number }
  | { type: "own"; made: Made }
  | { type: "sample"; sample: number }
  /** Go over all samples, and look at every layer or at what a person would look at. */
  | { type: "scan"; everyLayer: boolean }
  /** From a finding to what proves it. */
  | { type: "prove"; proof: Proof }
  /** From a person's own input back to the data. */
  | { type: "back" };

export interface Context {
  say: Say;
  dark: boolean;
  sequential: Sequential;
  /** Pixels the view may take. */
  width: number;
  height: number;
  state: Readonly<Shared>;
  network: Network | null;
  /** What a scan found to be marked on the cards. */
  marks?: Marks | null;
  /** The number that is looked at, by its full index, where that is known. */
  place: readonly number[] | null;
  walk: Walk;
  /** How attributions are drawn, where the view is one. */
  why?: WhyLook;
  /** What pictures of all samples can do, where the view is one. */
  all?: DataLook;
  /** The bqplot figure of that name, put into a place; null where there is none. */
  chart?: (name: string, place: HTMLElement) => Promise<Mounted> | null;
  emit(event: ViewEvent): void;
  /** Ends when the view is replaced: every listener gets it. */
  signal: AbortSignal;
}

export interface Rendered {
  element: HTMLElement;
  /** Shows the next answer in place; false when it needs a new picture. */
  update(answer: Answer, ctx: Context): boolean;
  /** Draws what it has again: other colours, another width, another selection. */
  refresh(ctx: Context): void;
}

export interface View<P extends Payload = Payload> {
  kind: P["kind"];
  render(answer: Answer<P>, ctx: Context): Rendered;
}

/** What colours depend on: as long as it is the same, a painted picture need not be painted again. */
export function lookOf({ dark, sequential }: Context): string {
  return `${dark} ${sequential}`;
}

/** The answer as one of kind `kind`, or null. */
export function asKind<K extends Payload["kind"]>(
  answer: Answer,
  kind: K,
): Answer<Extract<Payload, { kind: K }>> | null {
  return hasKind(answer, kind) ? answer : null;
}

function hasKind<K extends Payload["kind"]>(
  answer: Answer,
  kind: K,
): answer is Answer<Extract<Payload, { kind: K }>> {
  return answer.payload.kind === kind;
}
