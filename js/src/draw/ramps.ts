/**
 * The colours of d3's scales, 255 of each as "rrggbbrrggbb…". The build runs this module and ships what it says,
 * so that d3 itself (32 kB) stays at home.
 */
import {
  interpolateCividis,
  interpolateGreys,
  interpolateMagma,
  interpolateRdBu,
  interpolateViridis,
} from "d3-scale-chromatic";

const SCALES = {
  viridis: interpolateViridis,
  magma: interpolateMagma,
  cividis: interpolateCividis,
  grey: (t: number) => interpolateGreys(1 - t),
  red_blue: interpolateRdBu,
};

export type Ramp = keyof typeof SCALES;

/** d3's two ways of writing a colour: "#rrggbb" and "rgb(r, g, b)". */
function hexOf(text: string): string {
  if (text.startsWith("#")) return text.slice(1);
  const channels = (text.match(/\d+/g) ?? []).map(Number);
  return channels.map((each) => each.toString(16).padStart(2, "0")).join("");
}

const colors = (scale: (t: number) => string) =>
  Array.from({ length: 255 }, (_, level) => hexOf(scale(level / 254))).join("");

export const RAMPS = Object.fromEntries(
  Object.entries(SCALES).map(([name, scale]) => [name, colors(scale)]),
) as Record<Ramp, string>;
