/** RGBA bytes onto a canvas whose pixels are the picture's cells; CSS makes them larger. */
import type { Rgba } from "./pixels";

export function paint(canvas: HTMLCanvasElement, rows: number, columns: number, rgba: Rgba): void {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  if (rows * columns === 0) return;
  canvas.getContext("2d")?.putImageData(new ImageData(rgba, columns, rows), 0, 0);
}

/** Which cell of the picture is under the pointer. */
export function cellAt(
  canvas: HTMLElement,
  event: PointerEvent | MouseEvent,
  rows: number,
  columns: number,
): { row: number; column: number } {
  const box = canvas.getBoundingClientRect();
  const clamp = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(value)));
  return {
    row: clamp(((event.clientY - box.top) / box.height) * rows, rows),
    column: clamp(((event.clientX - box.left) / box.width) * columns, columns),
  };
}
