/** One view of the widget: its state, its controls, and how it agrees with the kernel. */
import type { Filter, Wanted } from "./data/look";
import type { AllOwner } from "./data/section";
import { showDigest } from "./digest";
import type { Sequential } from "./draw/colormap";
import { type Host, type Mounted, sharedOf, type Traits } from "./host";
import { Notices } from "./notices";
import { Own, type OwnHost } from "./own/own";
import { type Look, PANELS, Panels, type PanelsOwner } from "./panels";
import { Presence, type Sleeper } from "./presence";
import { type Answer, KernelGone, ProtocolMismatch, RequestCancelled, Rpc } from "./rpc";
import { Choosing } from "./samples/choosing";
import { Screen } from "./screen";
import { Sections } from "./sections";
import { Setting } from "./setting";
import { type Key, type Shared, Store } from "./store";
import { type Say, speaker } from "./text";
import { Theme } from "./theme";
import { Units } from "./units";
import { Walking } from "./walking";

export class Stage implements AllOwner, PanelsOwner, OwnHost, Sleeper {
  #host: Host;
  #signal: AbortSignal;
  #rpc: Rpc;
  #store: Store;
  #setting: Setting;
  #screen: Screen;
  #notices: Notices;
  #panels: Panels;
  #choosing: Choosing;
  #theme: Theme;
  #traits: Traits;
  #say: Say;
  #sequential: Sequential = "viridis";
  #units: Units;
  #presence: Presence;
  #own: Own;
  #sections: Sections;
  readonly walking = new Walking((patch) => this.#propose(patch));

  constructor(host: Host, el: HTMLElement, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
    this.#traits = host.traits();
    this.#say = speaker(this.#traits.texts);
    this.#store = new Store(sharedOf(this.#traits));
    this.#theme = new Theme(this.#traits.theme, () => this.#recolor(), signal);
    this.#rpc = new Rpc(host.wire, signal);
    this.#setting = new Setting(this.#store, this.#rpc, host, (error) => this.#refused(error));
    this.#units = new Units((unit) => this.act({ type: "unit", unit }));
    this.#screen = this.#makeScreen();
    this.#choosing = new Choosing(this, this.#rpc, signal);
    this.#notices = new Notices(this.#screen.notices);
    this.#presence = new Presence(this, this.#notices, this.#rpc);
    this.#panels = new Panels(this, this.#rpc, signal);
    this.#own = new Own(this, this.#panels, this.#rpc, signal);
    this.#sections = new Sections(this, this.#rpc, () => void this.#panels.scanned(), signal);
    const [{ elements }, sections] = [this.#choosing, this.#sections];
    this.#screen.assemble(this.#panels.elements(), elements, this.#own.button, sections.elements);
    sections.aim(elements.aim);
    el.replaceChildren(this.#screen.root);
    this.walking.walk.settle(this.state());
    this.#listen();
    this.#speak();
    this.#recolor();
    this.#presence.begin(signal);
  }

  // What the panels need.

  state(): Readonly<Shared> {
    return this.#store.state;
  }

  get total(): number {
    return this.#traits.num_samples;
  }

  get language(): string {
    return this.#traits.language;
  }

  get filter(): Filter | null {
    return this.#traits.filter;
  }

  leave(wanted: Wanted | null): void {
    if (!this.#presence.asleep) this.#setting.leave(wanted);
  }

  look(): Look {
    return { say: this.#say, dark: this.#theme.dark, sequential: this.#sequential };
  }

  choose(patch: Partial<Shared>): void {
    if (patch.sample !== undefined) this.#own.stop(); // what is still being made is not wanted any more
    this.#propose(patch);
  }

  chart(name: string, place: HTMLElement): Promise<Mounted> | null {
    const model = this.#host.traits().charts[name];
    return model ? this.#host.mount(model, place) : null;
  }

  act(event: Parameters<PanelsOwner["act"]>[0]): void {
    if (event.type === "own") this.#own.send(event.made);
    else if (event.type === "back") this.choose({ sample: this.#choosing.sample });
    else if (event.type === "sample") this.choose({ sample: event.sample });
    else if (this.#presence.asleep) return;
    else if (event.type === "prove") this.#sections.doctor.prove(event.proof);
    else if (event.type === "option") this.#panels.option(event);
    else if (event.type === "scan") void this.#sections.scans.run(event.everyLayer);
    else if (event.type !== "layer") this.walking.act(event, this.#panels);
    else if (event.path !== this.state().layer)
      this.#propose({ layer: event.path, unit: 0, place: null });
  }

  trouble(error: KernelGone | ProtocolMismatch): void {
    this.#presence.trouble(error);
  }

  arrived(answer: Answer | null): void {
    const payload = answer?.payload ?? null;
    this.#notices.hide("waiting");
    this.#screen.bare(false);
    if (payload?.kind === "network") this.#own.begin(payload.inputs_made);
    this.#choosing.arrived(payload);
    if (answer) this.#units.arrived(answer);
    this.#showState();
  }

  agree(): void {
    this.#setting.adopt();
  }

  // Setting up.

  #makeScreen(): Screen {
    const events = {
      step: (by: number) => this.#choosing.step(by),
      unit: this.#units.events,
      feeds: (open: boolean) => this.#panels.numbers.follow(open),
      back: () => !this.#presence.asleep && this.walking.back(this.#panels),
      colors: (name: Sequential) => {
        this.#sequential = name;
        this.#recolor();
      },
    };
    return new Screen(events, this.#signal);
  }

  #listen(): void {
    this.#store.subscribe((changed) => this.#moved(changed), this.#signal);
    this.#host.onTraits(() => this.#traitsChanged(), this.#signal);
    this.#host.onAlive(() => this.#presence.aliveChanged(), this.#signal);
    this.#signal.addEventListener("abort", () => this.#screen.root.remove(), { once: true });
  }

  // What moves.

  #propose(patch: Partial<Shared>): boolean {
    return !this.#presence.asleep && this.#setting.propose(patch);
  }

  #refused(error: unknown): void {
    if (error instanceof RequestCancelled) return;
    if (error instanceof KernelGone || error instanceof ProtocolMismatch)
      return this.trouble(error);
    this.#setting.reject();
    this.#notices.refused(error, this.#say);
  }

  #moved(changed: ReadonlySet<Key>): void {
    this.#notices.hide("set");
    this.walking.walk.settle(this.state());
    this.#showState();
    if (this.#presence.asleep) return;
    this.#sections.moved(changed);
    const drawn = this.#panels.ask(changed);
    if (changed.has("sample")) void drawn.then(() => this.#choosing.drawn());
  }

  #traitsChanged(): void {
    const before = this.#traits;
    const now = this.#host.traits();
    this.#traits = now;
    if (now.closed) return this.#presence.sleep("closed");
    this.#setting.adopt();
    this.#theme.choose(now.theme);
    if (now.theme !== before.theme) this.#recolor();
    if (now.filter !== before.filter) this.#sections.recolor();
    const translated = now.texts !== before.texts;
    if (translated) this.#speak();
    if (translated) for (const name of PANELS) this.#panels.all[name].outdate();
    this.#showState();
    if (now.revision !== before.revision) this.#choosing.forget();
    if (!this.#presence.asleep) this.#sections.follow(before, now);
    if ((translated || now.revision !== before.revision) && !this.#presence.asleep) this.askAll();
  }

  // What it looks like.

  #showState(): void {
    const { num_samples, title, status, refused } = this.#traits;
    this.#choosing.leave(this.filter, refused);
    this.#choosing.show(this.state(), num_samples);
    this.#units.show(this.#screen.unit, this.state().unit);
    this.#screen.describe(title, this.#panels.network, this.#say);
    this.#screen.root.dataset.status = status.startsWith("error") ? "error" : status;
  }

  #speak(): void {
    this.#say = speaker(this.#traits.texts);
    for (const part of [this.#screen, this.#own, this.#choosing]) part.speak(this.#say);
    this.#sections.speak();
    for (const name of PANELS) this.#panels.all[name].name(this.#say(name));
    this.#showState();
  }

  #recolor(): void {
    this.#screen.theme(this.#theme.dark, this.#traits.theme !== "auto");
    this.#panels.refresh();
    this.#choosing.recolor();
    this.#sections.recolor();
  }

  // Whether anybody is there.

  alive(): boolean {
    return this.#host.alive();
  }

  closed(): boolean {
    return this.#traits.closed;
  }

  still(on: boolean): void {
    for (const part of [this.#screen, this.#choosing, this.#sections]) part.asleep(on);
    this.#own.disable(on);
  }

  digest(): void {
    showDigest(this.#traits, this.#panels.all.overview, this.#screen, this.#say);
  }

  askAll(): void {
    void this.#panels.askAll().then(() => this.#sections.begin());
  }
}
