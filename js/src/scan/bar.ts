/** What was scanned, in a line, and the button that scans: how many samples, about how long; how far it has come. */
import { h, setText } from "../dom";
import type { Say } from "../text";
import type { Scans } from "./scans";
import { told, underWay } from "./words";

export class ScanBar {
  readonly element: HTMLElement;
  #scans: Scans;
  #say: () => Say;
  #told = h("span", { class: "kv-scan-told" });
  #mark = h("span", { class: "kv-scan-stale", role: "status" });
  #meter = h("progress", { class: "kv-scan-meter", max: 1 });
  #button = h("button", { type: "button", class: "kv-button kv-scan-button" });
  #error = h("span", { class: "kv-scan-error", role: "alert" });

  constructor(scans: Scans, say: () => Say, signal: AbortSignal) {
    this.#scans = scans;
    this.#say = say;
    const parts = [this.#told, this.#mark, this.#meter, this.#button, this.#error];
    this.element = h("div", { class: "kv-scan-bar" }, ...parts);
    this.#button.addEventListener("click", () => this.#press(), { signal });
    const curious = () => scans.share === null && void scans.ask();
    this.#button.addEventListener("pointerenter", curious, { signal });
    scans.listen(() => this.show(), signal);
  }

  disable(on: boolean): void {
    this.#button.disabled = on;
  }

  show(): void {
    const { facts, share, error } = this.#scans;
    const say = this.#say();
    this.element.hidden = facts === null;
    if (!facts) return;
    const running = share !== null;
    setText(this.#told, running ? underWay(share, facts, say) : told(facts, say));
    setText(this.#mark, facts.stale && !running ? say("scan_stale") : "");
    this.#meter.hidden = !running;
    this.#meter.value = share ?? 0;
    this.#meter.setAttribute("aria-label", say("scan_running"));
    const name = facts.scanned > 0 ? "scan_again" : "scan_data";
    setText(this.#button, say(running ? "scan_stop" : name));
    this.#button.classList.toggle("kv-primary", facts.scanned === 0 && !running);
    this.#button.title = say(running ? "scan_stop_why" : "scan_why");
    setText(this.#error, error);
    this.#error.hidden = !error;
    this.#mark.hidden = !this.#mark.textContent;
  }

  #press(): void {
    if (this.#scans.share === null) void this.#scans.run(this.#scans.facts?.every_layer);
    else this.#scans.stop();
  }
}
