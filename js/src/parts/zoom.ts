/**
 * A window onto a larger sheet: scrolled by drag, wheel and scrollbar, zoomed by a CSS transform.
 *
 * Scrolling is the browser's own (it runs beside the page's scripts); nothing is laid out again
 * while the sheet moves. Only a zoom changes one size, that of the sheet's box.
 */
import { h } from "../dom";

export interface Zoom {
  element: HTMLElement;
  sheet: HTMLElement;
  /** The sheet's own size; `tallest` is how high the window may become. */
  size(width: number, height: number): void;
  by(factor: number): void;
  fit(): void;
  /** Scrolls as little as it takes to see the box; `level`: so that it is halfway up. */
  reveal(box: { x: number; y: number; width: number; height: number }, level?: boolean): void;
}

const LIMITS = { smallest: 0.08, largest: 2, tallest: 520, margin: 40, drag: 4, pause: 250 };

export function zoomable(signal: AbortSignal): Zoom {
  const sheet = h("div", { class: "kv-sheet" });
  const room = h("div", { class: "kv-room" }, sheet);
  const element = h("div", { class: "kv-window" }, room);
  let [scale, width, height] = [1, 0, 0];
  const apply = () => {
    room.style.width = `${width * scale}px`;
    room.style.height = `${height * scale}px`;
    sheet.style.transform = scale === 1 ? "" : `scale(${scale})`;
  };
  const zoom = (factor: number, x = element.clientWidth / 2, y = element.clientHeight / 2) => {
    const next = Math.min(LIMITS.largest, Math.max(LIMITS.smallest, scale * factor));
    const [left, top] = [(element.scrollLeft + x) / scale, (element.scrollTop + y) / scale];
    scale = next;
    apply();
    element.scrollLeft = left * scale - x;
    element.scrollTop = top * scale - y;
  };
  const fit = () => {
    const across = element.clientWidth / Math.max(1, width);
    scale = Math.max(LIMITS.smallest, Math.min(1, across, LIMITS.tallest / Math.max(1, height)));
    apply();
  };
  const size = (wide: number, tall: number) => {
    [width, height] = [wide, tall];
    apply();
  };
  const hold = holding(element, signal);
  const reveal: Zoom["reveal"] = (box, level = false) =>
    hold(() => scrollTo(element, box, scale, level));
  wheels(element, zoom, signal);
  drags(element, signal);
  return { element, sheet, size, by: (factor) => zoom(factor), fit, reveal };
}

/** Does it now, and again whenever the window has another size, until somebody moves the sheet: it is shown before it has its size. */
function holding(element: HTMLElement, signal: AbortSignal): (put: () => void) => void {
  let again: (() => void) | null = null;
  const release = () => {
    again = null;
  };
  const now = () => again?.();
  const observer = new ResizeObserver(now);
  observer.observe(element);
  // A size that is gone before the next frame moves the sheet too, and no observer hears of it.
  addEventListener("resize", now, { signal });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  for (const type of ["wheel", "pointerdown", "keydown"] as const)
    element.addEventListener(type, release, { signal, passive: true });
  return (put) => {
    again = put;
    put();
  };
}

function scrollTo(
  element: HTMLElement,
  box: Parameters<Zoom["reveal"]>[0],
  scale: number,
  level: boolean,
): void {
  const { scrollLeft, scrollTop, clientWidth, clientHeight } = element;
  const [top, tall] = [box.y * scale, box.height * scale];
  element.scrollLeft = shown(scrollLeft, clientWidth, box.x * scale, box.width * scale);
  element.scrollTop = level
    ? top + (tall - clientHeight) / 2
    : shown(scrollTop, clientHeight, top, tall);
}

function shown(from: number, room: number, start: number, length: number): number {
  if (start < from) return start - LIMITS.margin;
  return start + length > from + room ? start + length - room + LIMITS.margin : from;
}

/** With ctrl or cmd it zooms; alone it goes along the network, and hands on to the page at the ends. */
function wheels(
  element: HTMLElement,
  zoom: (factor: number, x: number, y: number) => void,
  signal: AbortSignal,
): void {
  let elsewhere = Number.NEGATIVE_INFINITY;
  const outside = (event: WheelEvent) => {
    if (!element.contains(event.target as Node)) elsewhere = event.timeStamp;
  };
  const wheel = (event: WheelEvent) => {
    if (event.ctrlKey || event.metaKey) {
      const { left, top } = element.getBoundingClientRect();
      event.preventDefault();
      return zoom(Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
    }
    if (event.deltaX !== 0 || event.shiftKey || event.timeStamp - elsewhere < LIMITS.pause) return;
    const before = element.scrollLeft;
    element.scrollLeft += event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
    if (element.scrollLeft !== before) event.preventDefault();
    else elsewhere = event.timeStamp;
  };
  document.addEventListener("wheel", outside, { signal, passive: true, capture: true });
  element.addEventListener("wheel", wheel, { signal, passive: false });
}

/** Dragging moves the sheet; what was a drag is not a click on the card it began on. */
function drags(element: HTMLElement, signal: AbortSignal): void {
  let start: { x: number; y: number; left: number; top: number } | null = null;
  let dragged = false;
  const move = (event: PointerEvent) => {
    if (!start) return;
    const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
    if (!dragged && Math.hypot(dx, dy) < LIMITS.drag) return;
    if (!dragged) element.setPointerCapture(event.pointerId);
    dragged = true;
    element.classList.add("kv-dragging");
    element.scrollLeft = start.left - dx;
    element.scrollTop = start.top - dy;
  };
  const down = (event: PointerEvent) => {
    dragged = false;
    if (event.button !== 0 || event.pointerType === "touch") return;
    const { scrollLeft: left, scrollTop: top } = element;
    start = { x: event.clientX, y: event.clientY, left, top };
  };
  const up = () => {
    start = null;
    element.classList.remove("kv-dragging");
  };
  const click = (event: MouseEvent) => {
    if (dragged) event.stopPropagation();
    dragged = false;
  };
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  for (const end of ["pointerup", "pointercancel"] as const)
    element.addEventListener(end, up, { signal });
  element.addEventListener("click", click, { signal, capture: true });
}
