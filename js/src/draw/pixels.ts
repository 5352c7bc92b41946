/** Numbers → RGBA bytes. Pure: no canvas here, so the colours can be tested. */
import { NOT_FINITE, type Table } from "./colormap";

export interface Range {
  low: number;
  high: number;
}

export type Rgba = Uint8ClampedArray<ArrayBuffer>;

/** Colours of quantised levels, as they came: 0 … 254 along the scale, 255 not finite. */
export function colorLevels(levels: ArrayLike<number>, table: Table): Rgba {
  const out = new Uint32Array(levels.length);
  for (let i = 0; i < levels.length; i += 1) out[i] = table.packed[levels[i] ?? NOT_FINITE] ?? 0;
  return new Uint8ClampedArray(out.buffer);
}

/** Colours of values on `range`. */
export function colorValues(values: ArrayLike<number>, range: Range, table: Table): Rgba {
  const out = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    out[i] = table.packed[levelOf(values[i] ?? Number.NaN, range)] ?? 0;
  }
  return new Uint8ClampedArray(out.buffer);
}

/** The level, 0 … 254, of one value; a constant range is drawn as its low end. */
export function levelOf(value: number, { low, high }: Range): number {
  if (!Number.isFinite(value)) return NOT_FINITE;
  if (!(high > low)) return 0;
  return Math.max(0, Math.min(254, Math.round(((value - low) / (high - low)) * 254)));
}

/** The value a level stands for; half a step to either side went into the same level. */
export function valueOfLevel(level: number, { low, high }: Range): number {
  return level === NOT_FINITE ? Number.NaN : low + (level / 254) * (high - low);
}

/** What one level spans: the resolution of a quantised picture. */
export function levelStep({ low, high }: Range): number {
  return (high - low) / 254;
}

/** Interleaved grey or RGB bytes → RGBA. */
export function colorImage(bytes: ArrayLike<number>, channels: number): Rgba {
  const count = Math.floor(bytes.length / channels);
  const out = new Uint8ClampedArray(count * 4);
  for (let i = 0; i < count; i += 1) {
    for (let c = 0; c < 3; c += 1) out[i * 4 + c] = bytes[i * channels + (c % channels)] ?? 0;
    out[i * 4 + 3] = 255;
  }
  return out;
}

export interface Grid {
  rows: number;
  columns: number;
}

/** Tiles that touch each other → the same with one transparent cell between them. */
export function separateTiles(rgba: Rgba, height: number, width: number, grid: Grid) {
  const tall = Math.floor(height / Math.max(1, grid.rows));
  const wide = Math.floor(width / Math.max(1, grid.columns));
  const outHeight = height + grid.rows - 1;
  const outWidth = width + grid.columns - 1;
  const from = new Uint32Array(rgba.buffer);
  const out = new Uint32Array(outHeight * outWidth);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const row = y + Math.min(grid.rows - 1, Math.floor(y / tall));
      const column = x + Math.min(grid.columns - 1, Math.floor(x / wide));
      out[row * outWidth + column] = from[y * width + x] ?? 0;
    }
  }
  return { rgba: new Uint8ClampedArray(out.buffer) as Rgba, height: outHeight, width: outWidth };
}

export interface Extremum {
  index: number;
  value: number;
}

/** Where the largest finite value is; null when there is none. */
export function maximumOf(values: ArrayLike<number>): Extremum | null {
  let best: Extremum | null = null;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (Number.isFinite(value) && (best === null || value > best.value)) best = { index, value };
  }
  return best;
}

/** Where the largest is, if it stands out: null where all finite values are alike. */
export function peakOf(values: ArrayLike<number>): Extremum | null {
  const best = maximumOf(values);
  return best && Array.from(values).some((value) => value < best.value && value > -Infinity)
    ? best
    : null;
}

/** Where the highest level below "not finite" is. */
export function maximumLevel(levels: ArrayLike<number>): Extremum | null {
  let best: Extremum | null = null;
  for (let index = 0; index < levels.length; index += 1) {
    const value = levels[index] ?? NOT_FINITE;
    if (value !== NOT_FINITE && (best === null || value > best.value)) best = { index, value };
  }
  return best;
}

/** Below this a whole multiple would leave much of the box empty. */
const CRISP_SCALE = 3;

/** How large one picture is drawn in `box`: small ones in whole multiples of their cells. */
export function fitSize(rows: number, columns: number, box: number): [number, number] {
  const longest = Math.max(rows, columns, 1);
  const scale = box / longest >= CRISP_SCALE ? Math.floor(box / longest) : box / longest;
  const clamp = (cells: number) => Math.max(4, Math.round(cells * scale));
  return [clamp(columns), clamp(rows)];
}
