/** A decoded picture → the numbers of a small one. Pure: no canvas here, so the arithmetic can be tested. */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The largest part of a picture, from its middle, that has the shape of the target. */
export function centreCrop(width: number, height: number, toWidth: number, toHeight: number): Box {
  const across = Math.min(width, Math.max(1, Math.round((height * toWidth) / toHeight)));
  const down = Math.min(height, Math.max(1, Math.round((width * toHeight) / toWidth)));
  const x = Math.floor((width - across) / 2);
  const y = Math.floor((height - down) / 2);
  return { x, y, width: across, height: down };
}

/** What one target cell is made of: `weights` of the source cells from `start` on, which sum to 1. */
interface Share {
  start: number;
  weights: number[];
}

/** Shrinking averages what each cell covers; enlarging goes straight from cell to cell. */
export function shares(from: number, to: number): Share[] {
  return Array.from({ length: to }, (_, i) =>
    to < from ? covered(i, from, to) : between(i, from, to),
  );
}

function covered(i: number, from: number, to: number): Share {
  const [low, high] = [(i * from) / to, ((i + 1) * from) / to];
  const start = Math.floor(low);
  const end = Math.min(from, Math.ceil(high - 1e-9));
  const weights = [];
  for (let cell = start; cell < end; cell += 1) {
    weights.push(((Math.min(cell + 1, high) - Math.max(cell, low)) * to) / from);
  }
  return { start, weights };
}

function between(i: number, from: number, to: number): Share {
  const at = Math.max(0, Math.min(from - 1, ((i + 0.5) * from) / to - 0.5));
  const start = Math.min(Math.floor(at), Math.max(0, from - 2));
  return { start, weights: from === 1 ? [1] : [1 - (at - start), at - start] };
}

/** RGBA bytes, the part in `box`, → `toHeight` × `toWidth` × RGB, 0 … 255; what is transparent is white. */
export function resample(
  rgba: ArrayLike<number>,
  width: number,
  box: Box,
  toWidth: number,
  toHeight: number,
): Float64Array {
  const rows = new Float64Array(toHeight * box.width * 3);
  shares(box.height, toHeight).forEach(({ start, weights }, row) => {
    weights.forEach((weight, k) => {
      const from = ((box.y + start + k) * width + box.x) * 4;
      for (let column = 0; column < box.width; column += 1) {
        const at = from + column * 4;
        const opaque = (rgba[at + 3] ?? 255) / 255;
        const to = (row * box.width + column) * 3;
        for (let c = 0; c < 3; c += 1) {
          const over = (rgba[at + c] ?? 0) * opaque + 255 * (1 - opaque);
          rows[to + c] = (rows[to + c] ?? 0) + weight * over;
        }
      }
    });
  });
  return across(rows, box.width, toWidth, toHeight);
}

function across(rows: Float64Array, width: number, toWidth: number, height: number): Float64Array {
  const out = new Float64Array(height * toWidth * 3);
  shares(width, toWidth).forEach(({ start, weights }, column) => {
    for (let row = 0; row < height; row += 1) {
      const to = (row * toWidth + column) * 3;
      weights.forEach((weight, k) => {
        const from = (row * width + start + k) * 3;
        for (let c = 0; c < 3; c += 1) {
          out[to + c] = (out[to + c] ?? 0) + weight * (rows[from + c] ?? 0);
        }
      });
    }
  });
  return out;
}

/** RGB, 0 … 255, → `channels` numbers a pixel, 0 … 1; grey as the eye weighs colours (ITU-R 601). */
export function toShares(rgb: ArrayLike<number>, channels: number): Float32Array {
  if (channels === 3) return Float32Array.from(rgb, (value) => value / 255);
  return Float32Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = [rgb[i * 3], rgb[i * 3 + 1], rgb[i * 3 + 2]];
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
  });
}

export interface Scale {
  low: number;
  high: number;
  whole: boolean;
}

/** 0 … 1 → `low` … `high`, what the model takes; the other way round when inverted. */
export function toValues(
  pixels: ArrayLike<number>,
  { low, high, whole }: Scale,
  inverted = false,
): Float32Array {
  return Float32Array.from(pixels, (share) => {
    const value = low + (inverted ? 1 - share : share) * (high - low);
    return whole ? Math.round(value) : value;
  });
}

/** `low` … `high` → 0 … 1; what lies outside is at the end. */
export function fromValues(
  values: ArrayLike<number>,
  { low, high }: Scale,
  inverted = false,
): Float32Array {
  return Float32Array.from(values, (value) => {
    const share = Math.max(0, Math.min(1, (value - low) / (high - low || 1)));
    return inverted ? 1 - share : share;
  });
}
