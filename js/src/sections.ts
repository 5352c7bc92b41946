/** The sections below layer and unit: each looks at the same sample, layer and unit in its own way. One line each. */
import { type AllOwner, AllSamples } from "./data/section";
import { Doctor } from "./doctor/section";
import type { Traits } from "./host";
import type { Rpc } from "./rpc";
import { Scans } from "./scan/scans";
import { OverData } from "./scan/section";
import type { Key } from "./store";
import { Why } from "./why/why";

export interface Section {
  readonly element: HTMLElement;
  /** The page has its first pictures: now there is time for this. Also after the weights changed. */
  begin(): void;
  moved(changed: ReadonlySet<Key>): void;
  speak(): void;
  recolor(): void;
  asleep(on: boolean): void;
}

export class Sections {
  readonly scans: Scans;
  readonly doctor: Doctor;
  readonly #why: Why;
  readonly #all: readonly Section[];

  constructor(owner: AllOwner, rpc: Rpc, scanned: () => void, signal: AbortSignal) {
    this.#why = new Why(owner, rpc, signal);
    this.scans = new Scans(owner, rpc, () => {
      scanned();
      this.#why.retell();
    });
    this.doctor = new Doctor(owner, rpc, signal);
    this.#all = [
      new OverData(owner, rpc, this.scans, signal),
      this.#why,
      new AllSamples(owner, rpc, this.scans, signal),
      this.doctor,
    ];
  }

  get elements(): HTMLElement[] {
    return this.#all.map(({ element }) => element);
  }

  /** The menu of targets stands in the section that says why. */
  aim(target: HTMLElement): void {
    this.#why.aim(target);
  }

  /** Python may have another scan, or another report of the doctor. */
  follow(before: Traits, now: Traits): void {
    if (now.scanned !== before.scanned) void this.scans.changed();
    if (now.examined !== before.examined) this.doctor.begin();
  }

  begin(): void {
    void this.scans.begin();
    for (const section of this.#all) section.begin();
  }

  moved(changed: ReadonlySet<Key>): void {
    for (const section of this.#all) section.moved(changed);
  }

  speak(): void {
    for (const section of this.#all) section.speak();
  }

  recolor(): void {
    for (const section of this.#all) section.recolor();
  }

  asleep(on: boolean): void {
    for (const section of this.#all) section.asleep(on);
  }
}
