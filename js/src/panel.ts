/**
 * One place on the screen: it asks, shows the answer, and says so when that fails.
 *
 * The old picture stays until the new one is there. The panel knows no model and no payload; the
 * view that the answer's `kind` names draws it.
 */

import { h, setText } from "./dom";
import { formatCount } from "./draw/format";
import type { Payload, Progress } from "./protocol.gen";
import {
  type Answer,
  KernelGone,
  messageOf,
  ProtocolMismatch,
  RequestCancelled,
  RequestFailed,
} from "./rpc";
import { viewOf } from "./views";
import type { Context, Rendered } from "./views/view";

/** After this long without an answer the panel says that it is busy; sooner would flicker. */
const BUSY_AFTER = 250;

export interface Ask {
  slot: string;
  name: string;
  params: Record<string, unknown>;
  /** It completes a picture that is there: alone it is of no use, and its failure leaves the picture. */
  part?: boolean;
  /** Its failure leaves the picture that is there. */
  keep?: boolean;
}

export interface PanelHost {
  request(
    ask: Ask,
    onProgress: (progress: Progress) => void,
    onPart: (answer: Answer) => void,
  ): Promise<Answer>;
  context(panel: Panel, signal: AbortSignal): Context;
  /** False once the place shows something else, e.g. another layer. */
  wants(ask: Ask): boolean;
  /** Something that concerns the whole stage, not this panel. */
  trouble(error: KernelGone | ProtocolMismatch): void;
  /** An answer is on the screen; null when it was a failure. */
  arrived(panel: Panel, answer: Answer | null): void;
}

export class Panel {
  readonly element: HTMLElement;
  readonly body = h("div", { class: "kv-panel-body" });
  #progress = h("div", { class: "kv-progress", role: "status" });
  #host: PanelHost;
  #rendered: Rendered | null = null;
  #view = new AbortController();
  #latest = new Map<string, Ask>();
  #pending = new Map<string, Ask>();
  #timer = 0;

  constructor(host: PanelHost, name: string, signal: AbortSignal) {
    this.#host = host;
    this.element = h("section", { class: `kv-panel kv-panel-${name}` }, this.#progress, this.body);
    signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  /** Whether a picture is on the screen. */
  get drawn(): boolean {
    return this.#rendered !== null;
  }

  /** The next answer makes a new picture; until then the old one stays on the screen. */
  outdate(): void {
    this.#rendered = null;
  }

  name(label: string): void {
    this.element.setAttribute("aria-label", label);
  }

  /** Asks and shows what comes. Resolves when this request is settled, either way. */
  async ask(ask: Ask): Promise<void> {
    this.#latest.set(ask.slot, ask);
    this.#pending.set(ask.slot, ask);
    this.#busy();
    try {
      const answer = await this.#host.request(
        ask,
        (progress) => this.#tell(progress),
        (soFar) => {
          if (this.#latest.get(ask.slot) === ask && this.#host.wants(ask)) this.show(soFar);
        },
      );
      if (this.#host.wants(ask)) this.show(answer, ask.part);
    } catch (error) {
      this.#failed(error, ask);
    } finally {
      if (this.#pending.get(ask.slot) === ask) this.#pending.delete(ask.slot);
      this.#busy();
    }
  }

  /** Draws an answer: into the picture that is there if it fits, else as a new one. */
  show(answer: Answer, part = false): void {
    try {
      const updated = this.#rendered?.update(answer, this.#context());
      if (!updated && part) return;
      if (!updated) this.#replace(answer);
      this.#mend();
      this.#sign(answer.payload);
      this.#host.arrived(this, answer);
    } catch (error) {
      this.fail(error, null);
    }
  }

  /** Draws again what it has: colours, width or selection changed. */
  refresh(): void {
    try {
      this.#rendered?.refresh(this.#context());
    } catch (error) {
      this.fail(error, null);
    }
  }

  /** Anything else than a picture: a hint, the digest. */
  put(element: HTMLElement): void {
    this.#clear();
    this.body.replaceChildren(element);
  }

  /** Says what went wrong in place of the picture, or above it where the picture still stands. */
  fail(error: unknown, ask: Ask | null): void {
    const box = this.#errorBox(error, ask);
    this.#mend();
    if (!(ask?.part || ask?.keep) || !this.#rendered) return this.put(box);
    this.body.prepend(box);
    this.body.classList.add("kv-stale");
  }

  /** Says whose sample is on the screen, for whoever waits for it. */
  #sign(payload: Payload): void {
    const { sample } = "head" in payload ? payload.head : { sample: null, ...payload };
    if (sample !== null) this.element.dataset.sample = String(sample);
  }

  #mend(): void {
    this.body.querySelector(":scope > .kv-error")?.remove();
    this.body.classList.remove("kv-stale");
  }

  #errorBox(error: unknown, ask: Ask | null): HTMLElement {
    const { say } = this.#context();
    const message = messageOf(error);
    if (needsKernel(error))
      return h("div", { class: "kv-error kv-missing", role: "status", text: message });
    const box = h(
      "div",
      { class: "kv-error", role: "alert" },
      h("p", { class: "kv-error-title", text: say("failed") }),
      h("p", { class: "kv-error-message", text: message }),
    );
    const detail = detailOf(error);
    if (detail) {
      const trace = h("pre", { text: detail, tabindex: 0 });
      box.append(h("details", {}, h("summary", { text: say("details") }), trace));
    }
    if (ask) box.append(this.#retryButton(ask, say("retry")));
    return box;
  }

  #failed(error: unknown, ask: Ask): void {
    if (error instanceof RequestCancelled) return;
    if (error instanceof KernelGone || error instanceof ProtocolMismatch) {
      this.#host.trouble(error);
    } else if (this.#host.wants(ask) && this.#latest.get(ask.slot) === ask) {
      this.fail(error, ask);
      this.#host.arrived(this, null);
    }
  }

  #replace(answer: Answer): void {
    const view = viewOf(answer.payload.kind);
    this.#clear();
    const ctx = this.#context();
    if (!view) throw new Error(ctx.say("unknown_kind", { kind: answer.payload.kind }));
    this.#rendered = view.render(answer, ctx);
    this.body.replaceChildren(this.#rendered.element);
  }

  #retryButton(ask: Ask, text: string): HTMLButtonElement {
    const button = h("button", { type: "button", class: "kv-button", text });
    button.addEventListener("click", () => void this.ask(ask), { once: true });
    return button;
  }

  #context(): Context {
    return this.#host.context(this, this.#view.signal);
  }

  #clear(): void {
    this.#view.abort();
    this.#view = new AbortController();
    this.#rendered = null;
  }

  #busy(): void {
    const busy = this.#pending.size > 0;
    if (busy && this.#timer === 0) {
      this.#timer = window.setTimeout(
        () => this.element.setAttribute("aria-busy", "true"),
        BUSY_AFTER,
      );
    } else if (!busy) {
      window.clearTimeout(this.#timer);
      this.#timer = 0;
      this.element.removeAttribute("aria-busy");
      this.element.style.removeProperty("--kv-done");
      setText(this.#progress, "");
    }
  }

  #tell({ done, total, text }: Progress): void {
    if (total > 0) this.element.style.setProperty("--kv-done", `${(done / total) * 100}%`);
    setText(
      this.#progress,
      text && total > 0 ? `${text} ${formatCount(done)} / ${formatCount(total)}` : text,
    );
  }

  #end(): void {
    window.clearTimeout(this.#timer);
    this.#view.abort();
  }
}

/** In a page that was saved: nothing went wrong, and nothing would go better a second time. */
function needsKernel(error: unknown): boolean {
  return error instanceof RequestFailed && error.error === "NeedsKernel";
}

function detailOf(error: unknown): string {
  if (error instanceof RequestFailed) return error.detail;
  return error instanceof Error ? (error.stack ?? "") : "";
}
