/**
 * Colour tables. A table has 256 packed RGBA entries: 0 … 254 run along the scale, 255 is the mark
 * for a value that is not finite. Sequential tables are for unsigned values; diverging ones are
 * centred on 0 and have the page's own brightness in the middle, so that "nothing" looks like it.
 */
import { RAMPS, type Ramp, STILL } from "./ramps";

export type Sequential = "viridis" | "magma" | "cividis" | "grey";
export type Rgb = readonly [number, number, number];

export const SEQUENTIAL: readonly Sequential[] = ["viridis", "magma", "cividis", "grey"];
export const NOT_FINITE = 255;

const MAGENTA: Rgb = [255, 0, 200];
const CYAN: Rgb = [0, 229, 255];

/** blue – near black – orange, for a dark page (light pages use RdBu, blue being positive). */
const DARK_STOPS: readonly Rgb[] = [
  [255, 196, 128],
  [232, 128, 52],
  [150, 70, 28],
  [36, 34, 36],
  [32, 92, 150],
  [68, 154, 224],
  [164, 214, 255],
];

export interface Table {
  name: string;
  packed: Uint32Array;
  css: (level: number) => string;
  mark: string;
}

const tables = new Map<string, Table>();

/** The table for a picture: which one depends on whether its values are signed, and on the page. */
export function tableFor(signed: boolean, dark: boolean, sequential: Sequential): Table {
  const name = signed ? `diverging-${dark ? "dark" : "light"}` : sequential;
  const known = tables.get(name);
  if (known) return known;
  const table = buildTable(name, signed ? divergingColors(dark) : colorsOf(sequential));
  tables.set(name, table);
  return table;
}

function colorsOf(name: Ramp): Rgb[] {
  let [red, green, blue] = [0, 0, 0];
  return (RAMPS[name].match(/.../g) ?? []).map((letters) => {
    red += letters.charCodeAt(0) - STILL;
    green += letters.charCodeAt(1) - STILL;
    blue += letters.charCodeAt(2) - STILL;
    return [red, green, blue];
  });
}

function divergingColors(dark: boolean): Rgb[] {
  if (!dark) return colorsOf("red_blue");
  return Array.from({ length: 255 }, (_, level) => alongStops(DARK_STOPS, level / 254));
}

function buildTable(name: string, ramp: readonly Rgb[]): Table {
  const mark = name === "magma" ? CYAN : MAGENTA;
  const colors = [...ramp, mark];
  return {
    name,
    packed: Uint32Array.from(colors, pack),
    css: (level) => toCss(colors[Math.max(0, Math.min(254, Math.round(level)))] ?? mark),
    mark: toCss(mark),
  };
}

/** Little-endian RGBA, the order of ImageData's bytes. */
function pack([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function toCss([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

function alongStops(stops: readonly Rgb[], t: number): Rgb {
  const place = Math.max(0, Math.min(1, t)) * (stops.length - 1);
  const before = Math.min(stops.length - 2, Math.floor(place));
  const from = stops[before] ?? MAGENTA;
  const to = stops[before + 1] ?? MAGENTA;
  const mix = (a: number, b: number) => Math.round(a + (b - a) * (place - before));
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])];
}
