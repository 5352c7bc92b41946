/** Tells how wide an element is, in whole pixels, each time that it is another width; not while it is hidden. */
export function followWidth(
  element: HTMLElement,
  changed: (width: number) => void,
  signal: AbortSignal,
): void {
  let known = 0;
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width === 0 || width === known) return;
    known = width;
    changed(width);
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}
