/** Several methods on this sample, or one method on several samples; on one colour scale if that is wanted. */
import { h, setText } from "../dom";
import { Panel } from "../panel";
import type { MethodChoice } from "../protocol.gen";
import type { Answer, Rpc } from "../rpc";
import { optionsFor } from "./catalogue";
import { tick } from "./controls";
import type { WhyLook } from "./look";
import { byFamily, familyName, methodName } from "./names";
import { placeOf, type WhyOwner } from "./place";

const MOST = 6;
const FIRST = [
  "saliency",
  "gradient-x-input",
  "integrated-gradients",
  "smoothgrad",
  "grad-cam",
  "occlusion",
  "rise",
];
const GAP = 14;

interface Needs {
  methods(): readonly MethodChoice[];
  look(): WhyLook;
  width(): number;
}

interface Cell {
  panel: Panel;
  element: HTMLElement;
  select: HTMLSelectElement;
  name: HTMLElement;
  /** The largest size of its numbers. */
  size: number;
  /** What it shows, or is about to. */
  asked: string;
  target: string;
}

export class Compare {
  readonly element = h("div", { class: "kv-why-compare", hidden: true });
  readonly button = h("button", { type: "button", class: "kv-button", "aria-expanded": "false" });
  #owner: WhyOwner;
  #rpc: Rpc;
  #needs: Needs;
  #what = h("select", { class: "kv-select" });
  #scale = tick();
  #grid = h("div", { class: "kv-why-grid" });
  #cells: Cell[] = [];

  constructor(owner: WhyOwner, rpc: Rpc, needs: Needs, signal: AbortSignal) {
    this.#owner = owner;
    this.#rpc = rpc;
    this.#needs = needs;
    const head = h("div", { class: "kv-why-look" }, this.#what, this.#scale.element);
    this.element.append(head, this.#grid);
    this.button.addEventListener("click", () => this.#toggle(signal), { signal });
    this.#what.addEventListener("change", () => this.#ask(), { signal });
    this.#scale.input.addEventListener("change", () => this.refresh(), { signal });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  speak(): void {
    const { say } = this.#owner.look();
    setText(this.button, say("why_compare"));
    setText(this.#scale.text, say("why_shared_scale"));
    const chosen = this.#what.value || "methods";
    const option = (value: "methods" | "samples") =>
      h("option", { value, text: say(`why_compare_${value}`) });
    this.#what.replaceChildren(option("methods"), option("samples"));
    this.#what.setAttribute("aria-label", say("why_compare"));
    this.#what.value = chosen;
    for (const { panel } of this.#cells) panel.outdate();
  }

  refresh(): void {
    for (const { panel } of this.#cells) panel.refresh();
  }

  /** `anew`: what is there may be wrong now. */
  ask(anew = false): void {
    if (anew) for (const cell of this.#cells) cell.asked = "";
    if (this.open) this.#ask();
  }

  #toggle(signal: AbortSignal): void {
    this.element.hidden = !this.element.hidden;
    this.button.setAttribute("aria-expanded", String(this.open));
    this.button.classList.toggle("kv-on", this.open);
    if (this.#cells.length === 0) this.#make(signal);
    if (this.open) this.#ask();
    else this.#stop();
  }

  #stop(): void {
    this.#cells.forEach((cell, i) => {
      this.#rpc.cancel(`compared/${i}`);
      cell.asked = "";
    });
  }

  #make(signal: AbortSignal): void {
    const fit = this.#fitting().map(({ name }) => name);
    const { method } = this.#owner.state();
    const wanted = [method, ...FIRST].filter(
      (name) => name && (fit.length === 0 || fit.includes(name)),
    );
    const chosen = [...new Set(wanted)].slice(0, MOST);
    this.#cells = chosen.map((name, i) => this.#cell(name, i, signal));
    this.#grid.replaceChildren(...this.#cells.map(({ element }) => element));
  }

  #fitting(): MethodChoice[] {
    return byFamily(this.#needs.methods()).filter(({ refused }) => !refused);
  }

  #cell(method: string, i: number, signal: AbortSignal): Cell {
    const select = h(
      "select",
      { class: "kv-select" },
      h("option", { value: method, text: methodName(method) }),
    );
    const name = h("span", { class: "kv-figure-title" });
    const host = placeOf(this.#owner, this.#rpc, {
      wants: ({ params }) => params.method === this.#method(i) && params.sample === this.#sample(i),
      why: () => ({ ...this.#needs.look(), compact: true, beside: false, shared: this.#shared() }),
      width: () => Math.max(140, Math.floor((this.#needs.width() - 2 * GAP) / 3)),
      arrived: (answer) => this.#arrived(i, answer),
    });
    const panel = new Panel(host, "compared", signal);
    const fill = () => this.#fill(select);
    select.addEventListener("focus", fill, { signal });
    select.addEventListener("pointerdown", fill, { signal });
    select.addEventListener("change", () => this.#askCell(i), { signal });
    const head = h("div", { class: "kv-why-cell-head" }, select, name);
    return {
      panel,
      select,
      name,
      element: h("div", { class: "kv-why-cell" }, head, panel.element),
      size: 0,
      asked: "",
      target: "",
    };
  }

  /** All methods that fit, when somebody is about to look. */
  #fill(select: HTMLSelectElement): void {
    const { say } = this.#owner.look();
    const chosen = select.value;
    const methods = this.#fitting();
    if (methods.length === 0 || select.childElementCount > 1) return;
    const groups = new Map<string, HTMLElement>();
    for (const { name, family } of methods) {
      const label = familyName(family, say);
      const group = groups.get(label) ?? h("optgroup", { label });
      groups.set(label, group);
      group.append(h("option", { value: name, text: methodName(name) }));
    }
    select.replaceChildren(...groups.values());
    select.value = chosen;
  }

  #ask(): void {
    this.#cells.forEach((_, i) => {
      this.#askCell(i);
    });
  }

  #askCell(i: number): void {
    const cell = this.#cells[i];
    if (!cell) return;
    const { target, layer } = this.#owner.state();
    const samples = this.#bySample;
    const method = this.#method(i);
    const sample = this.#sample(i);
    cell.select.hidden = samples;
    cell.element.hidden = sample === null;
    if (sample === null) return;
    const { channels, index } = this.#needs.look();
    const options = optionsFor(method, this.#owner.state(), this.#needs.methods());
    const language = this.#owner.language;
    const params = { sample, target, method, layer, options, channels, index, language };
    const asked = JSON.stringify(params);
    const same = asked === cell.asked;
    const stays = JSON.parse(cell.asked || "{}").sample === sample;
    this.#name(cell, sample, stays ? cell.target : "");
    if (same) return;
    cell.asked = asked;
    void cell.panel.ask({ slot: `compared/${i}`, name: "attribution", params, keep: true });
  }

  /** Whose picture it is, where several samples are compared: their targets may differ. */
  #name(cell: Cell, sample: number, target: string): void {
    const text = `${this.#owner.look().say("sample")} ${sample}${target && `, ${target}`}`;
    setText(cell.name, this.#bySample ? text : "");
    cell.target = target;
  }

  get #bySample(): boolean {
    return this.#what.value === "samples" && this.#owner.state().method !== "";
  }

  #method(i: number): string {
    return this.#bySample ? this.#owner.state().method : (this.#cells[i]?.select.value ?? "");
  }

  /** This sample and those after it, as far as there are any; null: there are not so many. */
  #sample(i: number): number | null {
    const { sample } = this.#owner.state();
    const { total } = this.#owner;
    if (!this.#bySample || (sample < 0 && i === 0)) return sample;
    const first = sample < 0 ? -1 : Math.max(0, Math.min(sample, total - MOST));
    return first + i < total ? first + i : null;
  }

  #shared(): number | null {
    if (!this.#scale.input.checked) return null;
    return Math.max(0, ...this.#cells.map(({ size }) => size)) || null;
  }

  #arrived(i: number, answer: Answer | null): void {
    const cell = this.#cells[i];
    const payload = answer?.payload;
    if (!cell || payload?.kind !== "attribution") return;
    const ends = payload.pictures.map(({ domain }) =>
      Math.max(Math.abs(domain.low), Math.abs(domain.high)),
    );
    cell.size = Math.max(...ends);
    this.#name(cell, payload.sample, payload.target_name);
    if (this.#scale.input.checked) this.refresh();
  }
}
