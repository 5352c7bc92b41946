/**
 * The colours of d3's scales, 255 of each, one letter for each of red, green and blue: how far it is from where it was
 * in the colour before. The build runs this module and ships what it says, so that d3 itself (32 kB) stays at home.
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

/** The letter of a channel that stays as it is; a brighter one is as many letters further on. */
export const STILL = 80;

/** d3's two ways of writing a colour: "#rrggbb" and "rgb(r, g, b)". */
function channelsOf(text: string): number[] {
  if (text.startsWith("#"))
    return (text.match(/\w\w/g) ?? []).map((hex) => Number.parseInt(hex, 16));
  return (text.match(/\d+/g) ?? []).map(Number);
}

function steps(scale: (t: number) => string): string {
  const channels = Array.from({ length: 255 }, (_, level) => channelsOf(scale(level / 254))).flat();
  const letters = channels.map((value, i) => STILL + value - (channels[i - 3] ?? 0));
  return String.fromCharCode(...letters);
}

export const RAMPS = Object.fromEntries(
  Object.entries(SCALES).map(([name, scale]) => [name, steps(scale)]),
) as Record<Ramp, string>;
