/** Whether the page is dark: the widget's `theme` if it says so, else JupyterLab's, else the OS's. */

export class Theme {
  #choice = "auto";
  #dark: boolean;
  #media = window.matchMedia("(prefers-color-scheme: dark)");
  #onChange: (dark: boolean) => void;

  constructor(choice: string, onChange: (dark: boolean) => void, signal: AbortSignal) {
    this.#choice = choice;
    this.#onChange = onChange;
    this.#dark = this.#detect();
    const observer = new MutationObserver(() => this.#update());
    observer.observe(document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind", "class"],
    });
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
    this.#media.addEventListener("change", () => this.#update(), { signal });
  }

  get dark(): boolean {
    return this.#dark;
  }

  choose(choice: string): void {
    this.#choice = choice;
    this.#update();
  }

  #update(): void {
    const dark = this.#detect();
    if (dark === this.#dark) return;
    this.#dark = dark;
    this.#onChange(dark);
  }

  #detect(): boolean {
    if (this.#choice !== "auto") return this.#choice === "dark";
    const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
    if (jpThemeLight !== undefined) return jpThemeLight === "false";
    if (vscodeThemeKind !== undefined) return /dark|high-contrast$/.test(vscodeThemeKind);
    return this.#media.matches;
  }
}
