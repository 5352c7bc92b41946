/**
 * Why: the menu of methods, the options of the chosen one, and its picture, which follows sample, target and layer.
 *
 * What takes longer than a second is drawn from its first points, then from more; it can be stopped, and stays.
 */
import { h, setText } from "../dom";
import { type Ask, Panel, type PanelHost } from "../panel";
import type { Progress } from "../protocol.gen";
import type { Answer, Rpc } from "../rpc";
import type { Key } from "../store";
import { followWidth } from "../width";
import { Catalogue } from "./catalogue";
import { Checks } from "./checks";
import { Compare } from "./compare";
import { invitation } from "./invite";
import { FIRST_LOOK, type WhyLook } from "./look";
import { MethodMenu } from "./menu";
import { about, secondsOf } from "./names";
import { type OptionBar, optionBar } from "./options";
import { placeOf, type WhyOwner } from "./place";
import { InWords } from "./told";

const SLOT = "why";
const FOLLOWED: readonly Key[] = ["sample", "target", "method", "options"];

export class Why {
  readonly element: HTMLElement;
  readonly #panel: Panel;
  #owner: WhyOwner;
  #rpc: Rpc;
  #menu: MethodMenu;
  #options: OptionBar;
  #compare: Compare;
  #checks: Checks;
  #told: InWords;
  #title = h("h3", { class: "kv-why-title" });
  #state = h("span", { class: "kv-why-state kv-muted", role: "status" });
  #stop = h("button", { type: "button", class: "kv-button" });
  #empty = h("div", { class: "kv-why-empty" });
  #catalogue: Catalogue;
  #look = { ...FIRST_LOOK };
  #width = 560;
  /** The one that runs takes long: a newer one need not wait for it. */
  #long = false;
  #stopped = false;
  #asleep = false;

  constructor(owner: WhyOwner, rpc: Rpc, signal: AbortSignal) {
    this.#owner = owner;
    this.#rpc = rpc;
    this.#catalogue = new Catalogue(owner, rpc, () => this.#show());
    this.#menu = new MethodMenu((method) => owner.choose({ method, options: {} }), signal);
    this.#options = optionBar((options) => owner.choose({ options }), signal);
    this.#panel = new Panel(this.#place(), "why", signal);
    const needs = {
      methods: () => this.#catalogue.methods,
      look: () => this.#looking(),
      width: () => this.#width,
    };
    this.#compare = new Compare(owner, rpc, needs, signal);
    this.#checks = new Checks(owner, rpc, needs, signal);
    this.#told = new InWords(owner, rpc, needs, signal);
    this.#stop.hidden = true;
    this.#stop.addEventListener("click", () => this.#halt(), { signal });
    this.element = this.#assemble();
    const curious = () => this.#browse();
    this.element.addEventListener("pointerenter", curious, { signal });
    this.element.addEventListener("focusin", curious, { signal });
    followWidth(
      this.element,
      (width) => {
        this.#width = width;
        this.recolor();
      },
      signal,
    );
    this.#show();
  }

  #assemble(): HTMLElement {
    const buttons = [this.#told.button, this.#checks.button, this.#compare.button];
    const now = [this.#title, this.#menu.element, this.#state, this.#stop];
    const aside = h("span", { class: "kv-why-buttons" }, ...buttons);
    const head = h("div", { class: "kv-why-head" }, ...now, aside);
    const above = [head, this.#told.element, this.#options.element, this.#empty];
    const below = [this.#panel.element, this.#checks.element, this.#compare.element];
    return h("section", { class: "kv-why" }, ...above, ...below);
  }

  /** The menu of targets stands beside the one of methods. */
  aim(target: HTMLElement): void {
    this.#menu.element.after(target);
  }

  #place(): PanelHost {
    return placeOf(this.#owner, this.#rpc, {
      wants: (ask) => ask.params.method === this.#owner.state().method,
      why: () => this.#looking(),
      width: () => this.#room,
      progress: (progress) => this.#tell(progress),
      arrived: (answer) => this.#arrived(answer),
    });
  }

  /** The page has its first pictures: now there is time for this. */
  begin(): void {
    if (this.#asleep) return;
    this.#catalogue.forget();
    if (this.#owner.state().method) {
      this.#browse();
      void this.#ask();
    }
    this.#compare.ask(true);
    this.#told.ask();
  }

  /** There is another scan to compare the sample with. */
  retell(): void {
    this.#told.ask();
  }

  moved(changed: ReadonlySet<Key>): void {
    const followed =
      FOLLOWED.some((key) => changed.has(key)) || (changed.has("layer") && this.#aboutLayer());
    this.#show();
    if (followed) void this.#ask();
    if (changed.has("method") && this.#owner.state().method) this.#browse();
    if (changed.has("layer") || FOLLOWED.some((key) => changed.has(key))) this.#compare.ask();
    if (changed.has("sample") || changed.has("target")) this.#told.ask();
  }

  speak(): void {
    const { say } = this.#owner.look();
    this.element.setAttribute("aria-label", say("why"));
    setText(this.#title, say("why"));
    setText(this.#stop, say("why_stop"));
    this.#panel.name(say("why"));
    this.#panel.outdate();
    this.#compare.speak();
    this.#checks.speak();
    this.#told.speak();
    this.#show();
  }

  recolor(): void {
    this.#panel.refresh();
    this.#compare.refresh();
    this.#checks.refresh();
  }

  asleep(on: boolean): void {
    this.#asleep = on;
    this.#menu.disable(on ? this.#owner.look().say("kernel_gone") : "");
    this.#stop.hidden = true;
  }

  get #room(): number {
    return this.#width >= 760 ? Math.floor(this.#width * 0.58) - 20 : this.#width;
  }

  #looking(): WhyLook {
    const change: WhyLook["change"] = (patch) => {
      this.#look = { ...this.#look, ...patch };
      if (!("channels" in patch || "index" in patch)) this.recolor();
      else {
        void this.#ask(false);
        this.#compare.ask();
      }
    };
    return { ...this.#look, compact: false, shared: null, change };
  }

  #browse(): void {
    if (!this.#asleep) void this.#catalogue.ask();
  }

  #aboutLayer(): boolean {
    const { options } = this.#owner.state();
    return options.layer === "chosen" || (this.#catalogue.chosen?.needs_layer ?? false);
  }

  #show(): void {
    const { method, options, layer } = this.#owner.state();
    const { say } = this.#owner.look();
    this.#menu.show(this.#catalogue.methods, method, say);
    this.#options.show(method ? this.#catalogue.chosen : null, options, layer, say);
    this.#panel.element.hidden = !method;
    this.#empty.hidden = method !== "" || this.#compare.open;
    if (method) return;
    setText(this.#state, "");
    const choose = (name: string) => this.#owner.choose({ method: name, options: {} });
    this.#empty.replaceChildren(...invitation(this.#catalogue.methods, say, choose));
  }

  /** `anew`: for other numbers, not the same ones put together in another way. */
  async #ask(anew = true): Promise<void> {
    const { sample, target, method, layer, options } = this.#owner.state();
    if (this.#long) this.#rpc.cancel(SLOT);
    this.#long = this.#stopped = false;
    if (anew) this.#checks.close();
    if (!method || this.#asleep) return;
    const { channels, index } = this.#look;
    const { language } = this.#owner;
    const params = { sample, target, method, layer, options, channels, index, language };
    const ask: Ask = { slot: SLOT, name: "attribution", params, keep: true };
    if (anew) this.#expect();
    await this.#panel.ask(ask);
    this.#stop.hidden = !this.#long;
  }

  /** Before it runs: how long it will take. */
  #expect(): void {
    const { chosen } = this.#catalogue;
    const seconds = chosen && secondsOf(chosen, this.#owner.state().options);
    if (seconds !== null) setText(this.#state, about(seconds));
  }

  #tell({ done, total }: Progress): void {
    const { say } = this.#owner.look();
    if (this.#stopped) return; // it was sent before
    this.#long = true;
    this.#stop.hidden = false;
    const percent = total > 0 ? ` ${Math.round((done / total) * 100)} %` : "";
    setText(this.#state, say("why_running") + percent);
  }

  #halt(): void {
    const { say } = this.#owner.look();
    this.#stopped = true;
    this.#long = false;
    this.#stop.hidden = true;
    this.#rpc.cancel(SLOT);
    setText(this.#state, say("why_stopped"));
  }

  #arrived(answer: Answer | null): void {
    const payload = answer?.payload;
    if (payload?.kind === "attribution" && payload.done < payload.total) return; // more is to come
    this.#long = false;
    this.#stop.hidden = true;
    setText(this.#state, "");
  }
}
