/** What might be wrong: a button has the doctor look; each finding opens what proves it. */
import type { Wanted } from "../data/look";
import { h, setText } from "../dom";
import { Panel } from "../panel";
import type { Findings, Progress, Proof } from "../protocol.gen";
import type { Answer, Rpc } from "../rpc";
import type { Section } from "../sections";
import { toldOf } from "../views/findings";
import { FIRST_LOOK } from "../why/look";
import { placeOf, type WhyOwner } from "../why/place";
import { goTo, patchOf } from "./prove";

const RUN = "diagnose";

type DoctorOwner = WhyOwner & { leave(wanted: Wanted | null): void };

export class Doctor implements Section {
  readonly element: HTMLElement;
  #owner: DoctorOwner;
  #rpc: Rpc;
  #panel: Panel;
  #facts: Findings | null = null;
  #failed = false;
  /** The rule that is asked, and the share of them that were; null: nobody looks. */
  #at: { share: number; rule: string } | null = null;
  #title = h("h3", { class: "kv-section-title" });
  #told = h("span", { class: "kv-scan-told", role: "status" });
  #rule = h("code", { class: "kv-muted" });
  #mark = h("span", { class: "kv-scan-stale", role: "status" });
  #meter = h("progress", { class: "kv-scan-meter", max: 1 });
  #button = h("button", { type: "button", class: "kv-button kv-scan-button" });

  constructor(owner: DoctorOwner, rpc: Rpc, signal: AbortSignal) {
    this.#owner = owner;
    this.#rpc = rpc;
    const host = placeOf(owner, rpc, {
      wants: () => true,
      why: () => ({ ...FIRST_LOOK, compact: false, shared: null, change: () => {} }),
      width: () => this.element.clientWidth,
      emit: (event) => owner.act(event),
      arrived: (answer) => this.#arrived(answer),
    });
    const request: typeof host.request = async (ask) => {
      if (ask.name !== RUN) return rpc.request(ask.slot, ask.name, ask.params);
      this.#move({ share: 0, rule: "" });
      const running = rpc.request(ask.slot, ask.name, ask.params, (step) => this.#step(step));
      return running.finally(() => this.#move(null));
    };
    this.#panel = new Panel({ ...host, request }, "findings", signal);
    const parts = [this.#told, this.#mark, this.#meter, this.#rule, this.#button];
    const bar = h("div", { class: "kv-doctor-bar" }, ...parts);
    const head = h("div", { class: "kv-section-head" }, this.#title, bar);
    this.element = h("section", { class: "kv-doctor" }, head, this.#panel.element);
    this.#button.addEventListener("click", () => this.#press(), { signal });
  }

  /** What is known; also when there is another report, or it does not hold any more. */
  begin(): void {
    if (!this.#at) void this.#panel.ask({ slot: "findings", name: "findings", params: {} });
  }

  moved(): void {}

  recolor(): void {}

  speak(): void {
    const { say } = this.#owner.look();
    this.element.setAttribute("aria-label", say("doctor"));
    setText(this.#title, say("doctor"));
    this.#panel.refresh();
    this.#show();
  }

  asleep(on: boolean): void {
    this.#button.disabled = on;
  }

  /** Opens what proves a finding. */
  prove(proof: Proof): void {
    this.#owner.choose(patchOf(proof));
    const { samples } = proof;
    if (samples.length > 1) this.#owner.leave({ by: "doctor", samples });
    if (proof.panel === "weights")
      this.#owner.act({ type: "option", name: "aspect", value: "weights" });
    const root = this.element.closest<HTMLElement>(".kv-stage");
    if (root) goTo(proof, root);
  }

  #press(): void {
    if (this.#at) this.#rpc.cancel(RUN);
    else void this.#panel.ask({ slot: RUN, name: RUN, params: {}, keep: true });
  }

  #arrived(answer: Answer | null): void {
    this.#failed = answer === null;
    if (answer?.payload.kind === "findings") this.#facts = answer.payload;
    this.#show();
  }

  #step({ done, total, text }: Progress): void {
    if (total > 0) this.#move({ share: done / total, rule: text });
  }

  #move(at: { share: number; rule: string } | null): void {
    this.#at = at;
    this.#show();
  }

  #show(): void {
    const { say } = this.#owner.look();
    const facts = this.#facts?.there ? this.#facts : null;
    this.#panel.element.hidden = !facts && !this.#failed;
    setText(this.#mark, facts?.stale && !this.#at ? say("doctor_stale") : "");
    this.#mark.hidden = !this.#mark.textContent;
    this.#meter.hidden = !this.#at;
    this.#meter.value = this.#at?.share ?? 0;
    this.#meter.setAttribute("aria-label", say("doctor_running"));
    setText(this.#rule, this.#at?.rule ?? "");
    this.#button.classList.toggle("kv-primary", !facts && !this.#at);
    if (this.#at) {
      this.#tell(say("doctor_running"), say("scan_stop"), say("doctor_stop_why"));
    } else {
      const [told, press] = facts
        ? [toldOf(facts, say), say("doctor_again")]
        : [say("doctor_hint"), say("doctor_run")];
      this.#tell(told, press, say("doctor_why"));
    }
  }

  #tell(told: string, press: string, why: string): void {
    setText(this.#told, told);
    setText(this.#button, press);
    this.#button.title = why;
  }
}
