/** Colours of an attribution over its input. Pure: no canvas here, so the colours can be tested. */
import { NOT_FINITE, type Table } from "../draw/colormap";
import { colorImage, levelOf, type Range, type Rgba } from "../draw/pixels";

/** Share of the cells inside the outline. */
const STRONGEST = 0.1;
/** Of the input under a heat map: how far it stays from black (or white), and what is left of its contrast. */
const FAINTEST = 12;
const CONTRAST = 0.24;

/**
 * How much of its colour a cell shows: none of a zero, all of the strongest, by the square root between (what is half
 * as strong is still seen); from half-way on, more of all.
 */
export function opacityOf(value: number, { low, high }: Range, mix: number): number {
  const signed = low < 0;
  const span = signed ? Math.max(high, -low) : high - low;
  const size = span > 0 ? Math.abs(signed ? value : value - low) / span : 0;
  const share = Math.sqrt(Math.min(1, Math.max(0, size)));
  return mix <= 0.5 ? share * mix * 2 : Math.max(share, mix * 2 - 1);
}

/** The heat map as it lies over the input. */
export function heatOver(values: ArrayLike<number>, range: Range, table: Table, mix: number): Rgba {
  const out = new Uint8ClampedArray(new ArrayBuffer(values.length * 4));
  const packed = new Uint32Array(out.buffer);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? Number.NaN;
    packed[i] = table.packed[levelOf(value, range)] ?? 0;
    if (Number.isFinite(value)) out[i * 4 + 3] = 255 * opacityOf(value, range, mix);
  }
  return out;
}

/**
 * An input without its colours and with little contrast, so that those of the heat map are alone: near black where the
 * strongest cells are bright, near white where they are dark.
 */
export function greyed(bytes: ArrayLike<number>, channels: number, light: boolean): Rgba {
  const out = colorImage(bytes, channels);
  for (let i = 0; i < out.length; i += 4) {
    const [red = 0, green = 0, blue = 0] = out.subarray(i, i + 3);
    const grey = 0.299 * red + 0.587 * green + 0.114 * blue;
    out.fill(
      light ? 255 - FAINTEST - (255 - grey) * CONTRAST : FAINTEST + grey * CONTRAST,
      i,
      i + 3,
    );
  }
  return out;
}

/** The size that the strongest cells reach; null where none stands out. */
export function threshold(values: ArrayLike<number>): number | null {
  const sizes = Array.from(values, Math.abs).filter((size) => Number.isFinite(size) && size > 0);
  if (sizes.length === 0) return null;
  sizes.sort((a, b) => b - a);
  const most = Math.max(1, Math.round(values.length * STRONGEST));
  return sizes[Math.min(sizes.length, most) - 1] ?? null;
}

/** SVG path around all cells of at least that size, in cells. */
export function outlinePath(values: ArrayLike<number>, columns: number, least: number): string {
  const rows = Math.floor(values.length / Math.max(1, columns));
  const inside = (row: number, column: number) =>
    row >= 0 &&
    row < rows &&
    column >= 0 &&
    column < columns &&
    Math.abs(values[row * columns + column] ?? 0) >= least;
  let path = "";
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      if (!inside(row, column)) continue;
      if (!inside(row - 1, column)) path += `M${column} ${row}h1`;
      if (!inside(row + 1, column)) path += `M${column} ${row + 1}h1`;
      if (!inside(row, column - 1)) path += `M${column} ${row}v1`;
      if (!inside(row, column + 1)) path += `M${column + 1} ${row}v1`;
    }
  }
  return path;
}

/** Black or white, whichever is read more easily on a colour of the table. */
export function inkOn(value: number, range: Range, table: Table): string {
  const level = levelOf(value, range);
  if (level === NOT_FINITE) return "#000";
  const color = table.packed[level] ?? 0;
  const [red, green, blue] = [color & 255, (color >> 8) & 255, (color >> 16) & 255];
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000" : "#fff";
}
