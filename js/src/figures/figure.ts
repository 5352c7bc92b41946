/** What a figure of a sheet is, and what its drawings share. */

import type { Table } from "../draw/colormap";
import { formatApproximate, formatExact, formatNumber } from "../draw/format";
import {
  colorLevels,
  colorValues,
  levelStep,
  maximumLevel,
  maximumOf,
  type Rgba,
  valueOfLevel,
} from "../draw/pixels";
import type { Along, Figure } from "../protocol.gen";
import type { Tensor } from "../tensor";
import { type Say, wordOf } from "../text";
import type { Context } from "../views/view";

export interface Drawing {
  element: Element;
  /** Shows other numbers (or other colours) in the same place; false when it must be made anew. */
  show(figure: Figure, tensor: Tensor, ctx: Context): boolean;
}

export interface FigureEvents {
  read(text: string | null): void;
  /** A place of an axis was chosen. */
  pick(along: Along, place: number): void;
}

export type Draw = (ctx: Context, events: FigureEvents) => Drawing;

/** What place i of an axis is called. */
export function placeName(along: Along | undefined, place: number): string {
  if (!along) return "";
  return along.labels[place] ?? formatNumber(along.start + place * along.step);
}

/** "time 3", or the label alone. */
export function placeText(along: Along | undefined, place: number, say: Say): string {
  return along?.labels[place] ?? placeOn(along, place, say);
}

/** The same, with the name of the axis before the label, too. */
export function placeOn(along: Along | undefined, place: number, say: Say): string {
  return along ? `${wordOf(say, along.name).toLowerCase()} ${placeName(along, place)}` : "";
}

/** The colours of a figure's cells, sent as levels or as numbers. */
export function colorsOf({ header, values }: Tensor, { domain }: Figure, table: Table): Rgba {
  if (header.dtype === "uint8") return colorLevels(values, table);
  return colorValues(values, domain, table);
}

/** One number as it can be known: exactly where it was sent so. */
export function numberAt({ header, values }: Tensor, i: number, { domain }: Figure): string {
  const value = values[i] ?? Number.NaN;
  if (header.dtype !== "uint8") return formatExact(value);
  return formatApproximate(valueOfLevel(value, domain), levelStep(domain));
}

export function maximumAt({ header, values }: Tensor): number {
  const best = header.dtype === "uint8" ? maximumLevel(values) : maximumOf(values);
  return best?.index ?? 0;
}

/** A text instead of the picture: what it is, its range, where its maximum is. */
export function altOf(figure: Figure, tensor: Tensor, { say }: Context): string {
  const { low, high } = figure.domain;
  return say("figure_alt", {
    title: wordOf(say, figure.title),
    shape: tensor.shape.join(" × "),
    low: formatNumber(low),
    high: formatNumber(high),
    at: placesOf(figure, tensor, say),
  });
}

function placesOf({ axes, series }: Figure, tensor: Tensor, say: Say): string {
  const { shape } = tensor;
  let rest = maximumAt(tensor);
  const places = [...shape].reverse().map((size) => {
    const place = rest % Math.max(1, size);
    rest = Math.floor(rest / Math.max(1, size));
    return place;
  });
  const named = places.reverse().slice(series.length > 0 ? 1 : 0);
  return named.map((place, i) => placeText(axes[i], place, say)).join(", ");
}
