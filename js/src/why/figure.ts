/** What a picture of an attribution is, and what its drawings share. */
import { type Table, tableFor } from "../draw/colormap";
import type { Evidence } from "../protocol.gen";
import type { Tensors, Values } from "../tensor";
import type { Say } from "../text";
import type { Context } from "../views/view";

export interface Shown {
  evidence: Evidence;
  place: number;
  tensors: Tensors;
}

export interface Drawing {
  element: HTMLElement;
  show(shown: Shown, ctx: Context): void;
}

export type Draw = (ctx: Context, read: (text: string | null) => void) => Drawing;

export function valuesOf({ tensors, place }: Shown): Values {
  return tensors.get(`values${place}`)?.values ?? new Float32Array();
}

/** The colour scale: the picture's own, or one that several have in common. */
export function domainOf({ domain }: Evidence, { why }: Context): Evidence["domain"] {
  const most = why?.shared ?? null;
  if (most === null) return domain;
  return { ...domain, low: domain.signed ? -most : Math.min(0, domain.low), high: most };
}

export function tableOf({ evidence }: Shown, ctx: Context): Table {
  return tableFor(evidence.domain.signed, ctx.dark, ctx.sequential);
}

/** "Input", or the name of one of several, or the layer's path. */
export function subjectName(evidence: Evidence, say: Say): string {
  const name = evidence.over || evidence.name;
  return name === "input" ? say("input") : name.replace(/^input:/, "");
}
