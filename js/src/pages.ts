/** Pages are asked for a little before they come into sight, where the browser can tell. */
const AHEAD: IntersectionObserverInit & { scrollMargin: string } = { scrollMargin: "160px" };

/** Notices which pages of maps are on the screen, so that only those are asked for. */

export class Pages {
  #visible = new Set<HTMLElement>();
  #asked = new WeakMap<HTMLElement, string>();
  #observer: IntersectionObserver;

  constructor(onChange: () => void, signal: AbortSignal) {
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!(target instanceof HTMLElement)) continue;
        if (isIntersecting) this.#visible.add(target);
        else this.#visible.delete(target);
      }
      onChange();
    }, AHEAD);
    signal.addEventListener("abort", () => this.#observer.disconnect(), { once: true });
  }

  /** Watches the pages inside `body`, and forgets those that have gone. */
  watch(body: HTMLElement): void {
    for (const page of this.#visible) if (!body.contains(page)) this.#visible.delete(page);
    for (const page of body.querySelectorAll("[data-page]")) this.#observer.observe(page);
  }

  /** First units of the visible pages to ask for, each once per sample. The first page is not ours. */
  missing(layer: string, sample: number): number[] {
    const wanted: number[] = [];
    for (const page of this.#visible) {
      const start = Number(page.dataset.page);
      const key = `${layer} ${sample}`;
      if (start === 0 || page.dataset.sample === String(sample)) continue;
      if (this.#asked.get(page) === key) continue;
      this.#asked.set(page, key);
      wanted.push(start);
    }
    return wanted;
  }
}
