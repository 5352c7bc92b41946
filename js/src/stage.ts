/** One view of the widget: its state, its controls, and how it agrees with the kernel. */
import { showDigest } from "./digest";
import type { Sequential } from "./draw/colormap";
import { type Host, sharedOf, type Traits } from "./host";
import { Notices } from "./notices";
import { Own, type OwnHost } from "./own/own";
import { type Look, PANELS, Panels, type PanelsOwner } from "./panels";
import { PROTOCOL } from "./protocol.gen";
import { type Answer, KernelGone, messageOf, ProtocolMismatch, RequestCancelled, Rpc } from "./rpc";
import { Choosing } from "./samples/choosing";
import { Screen } from "./screen";
import { type Key, type Shared, Store } from "./store";
import { type Say, speaker } from "./text";
import { Theme } from "./theme";
import { Units } from "./units";
import type { ViewEvent } from "./views/view";
import { whileSilent } from "./waiting";
import { Walk } from "./walk";
import { Why } from "./why/why";

export class Stage implements PanelsOwner, OwnHost {
  #host: Host;
  #signal: AbortSignal;
  #rpc: Rpc;
  #store: Store;
  #screen: Screen;
  #notices: Notices;
  #panels: Panels;
  #choosing: Choosing;
  #theme: Theme;
  #traits: Traits;
  #say: Say;
  #sequential: Sequential = "viridis";
  #units: Units;
  #asleep = false;
  #own: Own;
  #why: Why;
  readonly walk = new Walk();

  constructor(host: Host, el: HTMLElement, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
    this.#traits = host.traits();
    this.#say = speaker(this.#traits.language);
    this.#store = new Store(sharedOf(this.#traits));
    this.#theme = new Theme(this.#traits.theme, () => this.#recolor(), signal);
    this.#rpc = new Rpc(host.wire, signal);
    this.#units = new Units((unit) => this.act({ type: "unit", unit }));
    this.#screen = this.#makeScreen();
    this.#choosing = new Choosing(this, this.#rpc, signal);
    this.#notices = new Notices(this.#screen.notices);
    this.#panels = new Panels(this, this.#rpc, signal);
    this.#own = new Own(this, this.#panels, this.#rpc, signal);
    this.#why = new Why(this, this.#rpc, signal);
    const { elements } = this.#choosing;
    this.#screen.assemble(this.#panels.elements(), elements, this.#own.button, this.#why.element);
    el.replaceChildren(this.#screen.root);
    this.walk.settle(this.state());
    this.#listen();
    this.#speak();
    this.#recolor();
    this.#begin();
  }

  // What the panels need.

  state(): Readonly<Shared> {
    return this.#store.state;
  }

  look(): Look {
    return { say: this.#say, dark: this.#theme.dark, sequential: this.#sequential };
  }

  choose(patch: Partial<Pick<Shared, "sample" | "target" | "method" | "options">>): void {
    if (patch.sample !== undefined) this.#own.stop(); // what is still being made is not wanted any more
    this.#propose(patch);
  }

  act(event: Parameters<PanelsOwner["act"]>[0]): void {
    if (event.type === "own") this.#own.send(event.made);
    else if (event.type === "back") this.choose({ sample: this.#choosing.sample });
    else if (event.type === "unit") {
      this.#propose({ unit: event.unit, place: event.place ?? this.#panels.moved(event.unit) });
    } else if (event.type === "stop" || event.type === "crumb") this.#walk(event);
    else if (event.path !== this.state().layer) {
      this.#propose({ layer: event.path, unit: 0, place: null });
    }
  }

  trouble(error: KernelGone | ProtocolMismatch): void {
    if (error instanceof KernelGone) return this.#sleep();
    this.#rest();
    const values = { theirs: String(error.theirs), ours: PROTOCOL };
    const title = this.#say("mismatch_title");
    this.#notices.show("version", "bad", this.#say("mismatch", values), { title });
    showDigest(this.#traits, this.#panels.all.overview, this.#screen, this.#say);
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
    this.#store.adopt(sharedOf(this.#host.traits()));
  }

  // Setting up.

  #makeScreen(): Screen {
    const events = {
      step: (by: number) => this.#choosing.step(by),
      unit: this.#units.events,
      feeds: (open: boolean) => this.#panels.follow(open),
      back: () => {
        const before = this.walk.stops.length - 2;
        if (before >= 0) this.#walk({ type: "crumb", at: before });
        return before >= 0;
      },
      colors: (name: Sequential) => {
        this.#sequential = name;
        this.#recolor();
      },
    };
    return new Screen(events, this.#signal);
  }

  #listen(): void {
    const signal = this.#signal;
    this.#store.subscribe((changed) => this.#moved(changed), signal);
    this.#host.onTraits(() => this.#traitsChanged(), signal);
    this.#host.onAlive(() => this.#aliveChanged(), signal);
    signal.addEventListener("abort", () => this.#screen.root.remove(), { once: true });
  }

  #begin(): void {
    if (this.#traits.closed) return this.#sleep("closed");
    if (!this.#host.alive()) return this.#sleep();
    this.#askAll();
    whileSilent(() => this.#askAgain(), this.#signal);
  }

  #askAll(): void {
    void this.#panels.askAll().then(() => this.#why.begin());
  }

  // What moves.

  /** One stop on, or back to one of those before. */
  #walk(event: Extract<ViewEvent, { type: "stop" | "crumb" }>): void {
    if (this.#asleep) return;
    if (event.type === "stop") this.walk.go(event.stop);
    else this.walk.cut(event.at);
    const { stand, now } = this.walk;
    if (!stand) return;
    const { path: layer, unit, place } = stand;
    if (this.#propose({ layer, unit, place })) return;
    this.#panels.all.calculation.refresh();
    if (!now?.end) this.#panels.calculate();
  }

  /** False when it is so already. */
  #propose(patch: Partial<Shared>): boolean {
    if (this.#asleep || !this.#store.propose(patch)) return false;
    const sent = this.#store.unconfirmed;
    this.#rpc.request("set", "set", sent).then(
      () => this.#store.confirm(sent, sharedOf(this.#host.traits())),
      (error: unknown) => this.#refused(error),
    );
    return true;
  }

  #refused(error: unknown): void {
    if (error instanceof RequestCancelled) return;
    if (error instanceof KernelGone || error instanceof ProtocolMismatch)
      return this.trouble(error);
    this.#store.reject(sharedOf(this.#host.traits()));
    const text = `${this.#say("set_failed")} ${messageOf(error)}`;
    this.#notices.show("set", "bad", text, { dismiss: this.#say("dismiss") });
  }

  #moved(changed: ReadonlySet<Key>): void {
    this.#notices.hide("set");
    this.walk.settle(this.state());
    this.#showState();
    if (this.#asleep) return;
    this.#why.moved(changed);
    const drawn = this.#panels.ask(changed);
    if (changed.has("sample")) void drawn.then(() => this.#choosing.drawn());
  }

  #traitsChanged(): void {
    const before = this.#traits;
    const now = this.#host.traits();
    this.#traits = now;
    if (now.closed) return this.#sleep("closed");
    this.#store.adopt(sharedOf(now));
    this.#theme.choose(now.theme);
    if (now.theme !== before.theme) this.#recolor();
    const translated = now.language !== before.language;
    if (translated) this.#translate();
    this.#showState();
    if (now.revision !== before.revision) this.#choosing.forget();
    if ((translated || now.revision !== before.revision) && !this.#asleep) this.#askAll();
  }

  // What it looks like.

  #showState(): void {
    const { unit } = this.state();
    const { num_samples, title, status } = this.#traits;
    this.#choosing.show(this.state(), num_samples);
    this.#units.show(this.#screen.unit, unit);
    this.#screen.describe(title, this.#panels.network, this.#say);
    this.#screen.root.dataset.status = status.startsWith("error") ? "error" : status;
  }

  #speak(): void {
    this.#say = speaker(this.#traits.language);
    this.#screen.speak(this.#say);
    this.#own.speak(this.#say);
    this.#choosing.speak(this.#say);
    this.#why.speak();
    for (const name of PANELS) this.#panels.all[name].name(this.#say(name));
    this.#showState();
  }

  #translate(): void {
    this.#speak();
    for (const name of PANELS) this.#panels.all[name].outdate();
  }

  #recolor(): void {
    const own = this.#traits.theme !== "auto";
    this.#screen.theme(this.#theme.dark, own);
    this.#panels.refresh();
    this.#choosing.recolor();
    this.#why.recolor();
  }

  // Whether anybody is there.

  #askAgain(): void {
    if (this.#rpc.heard || this.#asleep) return;
    this.#notices.show("waiting", "calm", this.#say("waiting"));
    showDigest(this.#traits, this.#panels.all.overview, this.#screen, this.#say);
    this.#rpc.drop(new RequestCancelled("asked again"));
    this.#askAll();
  }

  #aliveChanged(): void {
    if (!this.#host.alive()) return this.#sleep();
    if (!this.#asleep || this.#traits.closed) return;
    this.#asleep = false;
    this.#screen.asleep(false);
    this.#own.disable(false);
    this.#choosing.asleep(false);
    this.#notices.hide("kernel");
    this.#why.asleep(false);
    this.#askAll();
  }

  #sleep(why: "kernel_gone" | "closed" = "kernel_gone"): void {
    this.#rest();
    this.#notices.show("kernel", "calm", this.#say(why));
    showDigest(this.#traits, this.#panels.all.overview, this.#screen, this.#say);
  }

  /** Stops asking; the last pictures stay. */
  #rest(): void {
    this.#asleep = true;
    this.#notices.hide("waiting");
    this.#screen.asleep(true);
    this.#own.disable(true);
    this.#choosing.asleep(true);
    this.#why.asleep(true);
    this.#rpc.drop(new RequestCancelled("nobody is there"));
  }
}
