/** What is drawn by hand: pixels from 0 (paper) to 1 (ink), strokes with soft edges, undo. No DOM. */

const MOST_UNDO = 60;

export interface Point {
  x: number;
  y: number;
}

export class Sketch {
  pixels: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  #before: Float32Array;
  #mask: Float32Array;
  #ink: readonly number[] = [];
  #radius = 1;
  #undo: Float32Array[] = [];

  constructor(height: number, width: number, channels: number) {
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.pixels = new Float32Array(height * width * channels);
    this.#before = this.pixels;
    this.#mask = new Float32Array(height * width);
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  /** A stroke begins: `ink` is one number for each channel, `radius` is in cells. */
  begin(ink: readonly number[], radius: number): void {
    this.#remember();
    this.#ink = ink;
    this.#radius = radius;
    this.#before = this.pixels.slice();
    this.#mask.fill(0);
  }

  /** The stroke goes on in a straight line; cells count from the top left corner, (0.5, 0.5) is a centre. */
  line(from: Point, to: Point): void {
    const reach = this.#radius + 0.5;
    const rows = span(Math.min(from.y, to.y) - reach, Math.max(from.y, to.y) + reach, this.height);
    const columns = span(
      Math.min(from.x, to.x) - reach,
      Math.max(from.x, to.x) + reach,
      this.width,
    );
    for (let row = rows.first; row <= rows.last; row += 1) {
      for (let column = columns.first; column <= columns.last; column += 1) {
        const far = distance({ x: column + 0.5, y: row + 0.5 }, from, to);
        this.#cover(row * this.width + column, Math.max(0, Math.min(1, reach - far)));
      }
    }
  }

  /** Everything at once: cleared, filled with a colour, or another picture. */
  load(pixels: ArrayLike<number>): void {
    this.#remember();
    this.pixels = Float32Array.from(pixels);
  }

  fill(ink: readonly number[]): void {
    this.load(Float32Array.from(this.pixels, (_, i) => ink[i % this.channels] ?? 0));
  }

  undo(): void {
    const last = this.#undo.pop();
    if (last) this.pixels = last;
  }

  /** Where a stroke crosses itself it is not drawn twice. */
  #cover(cell: number, share: number): void {
    if (share <= (this.#mask[cell] ?? 0)) return;
    this.#mask[cell] = share;
    for (let c = 0; c < this.channels; c += 1) {
      const at = cell * this.channels + c;
      this.pixels[at] = (this.#before[at] ?? 0) * (1 - share) + (this.#ink[c] ?? 0) * share;
    }
  }

  #remember(): void {
    this.#undo.push(this.pixels.slice());
    if (this.#undo.length > MOST_UNDO) this.#undo.shift();
  }
}

/** Whole cells from `low` to `high` that there are. */
function span(low: number, high: number, size: number): { first: number; last: number } {
  return { first: Math.max(0, Math.floor(low)), last: Math.min(size - 1, Math.floor(high)) };
}

/** From a point to a piece of a line. */
export function distance(point: Point, from: Point, to: Point): number {
  const [x, y] = [to.x - from.x, to.y - from.y];
  const length = x * x + y * y;
  const along = length ? ((point.x - from.x) * x + (point.y - from.y) * y) / length : 0;
  const share = Math.max(0, Math.min(1, along));
  return Math.hypot(point.x - from.x - share * x, point.y - from.y - share * y);
}
