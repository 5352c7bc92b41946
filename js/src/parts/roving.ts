/** One tab stop for a group of buttons; the arrow keys move inside it and choose as they go. */

export interface Roving {
  /** Makes `current` (or the first button) the tab stop. */
  settle(current: HTMLElement | null): void;
}

export function roving(group: HTMLElement, selector: string, signal: AbortSignal): Roving {
  const items = () => [...group.querySelectorAll<HTMLElement>(selector)];
  group.addEventListener(
    "keydown",
    (event) => {
      const all = items();
      const at = all.indexOf(event.target as HTMLElement);
      const to = at < 0 ? undefined : all[destination(event.key, at, all)];
      if (!to || to === all[at]) return;
      event.preventDefault();
      event.stopPropagation();
      to.focus();
      to.click();
    },
    { signal },
  );
  return {
    settle(current) {
      const all = items();
      const stop = current && all.includes(current) ? current : all[0];
      for (const item of all) item.tabIndex = item === stop ? 0 : -1;
    },
  };
}

function destination(key: string, at: number, all: readonly HTMLElement[]): number {
  if (key === "ArrowRight") return Math.min(all.length - 1, at + 1);
  if (key === "ArrowLeft") return Math.max(0, at - 1);
  if (key === "Home") return 0;
  if (key === "End") return all.length - 1;
  if (key === "ArrowDown") return nextRow(all, at, 1);
  if (key === "ArrowUp") return nextRow(all, at, -1);
  return at;
}

/** The button below or above, in whatever number of columns the page has now. */
function nextRow(all: readonly HTMLElement[], at: number, direction: 1 | -1): number {
  const from = all[at]?.getBoundingClientRect();
  if (!from) return at;
  for (let i = at + direction; i >= 0 && i < all.length; i += direction) {
    const box = all[i]?.getBoundingClientRect();
    if (!box) continue;
    const inRow = direction * (box.top - from.top) > from.height / 2;
    if (inRow && Math.abs(box.left - from.left) < from.width / 2) return i;
  }
  return at;
}
