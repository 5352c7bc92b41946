/** Which units there are, and in which order the screen shows them: what the unit slider moves through. */
import { formatChoices } from "./draw/format";
import type { Stepper, StepperEvents } from "./parts/stepper";
import type { Answer } from "./rpc";
import type { Values } from "./tensor";

export class Units {
  #choose: (unit: number) => void;
  #count = 1;
  #order: Values | null = null;

  constructor(choose: (unit: number) => void) {
    this.#choose = choose;
  }

  get events(): StepperEvents {
    return {
      go: (place) => this.#choose(this.#order?.[place] ?? place),
      typed: (unit) => this.#choose(unit),
    };
  }

  arrived({ payload, tensors }: Answer): void {
    if (payload.kind === "unit") this.#count = payload.num_units;
    if (!("head" in payload) || ("start" in payload && payload.start > 0)) return;
    this.#count = payload.head.num_units;
    const order = tensors.get("order")?.values;
    this.#order = order?.length === this.#count ? order : null;
  }

  show(stepper: Stepper, unit: number): void {
    const last = this.#count - 1;
    const place = this.#order?.indexOf(unit) ?? -1;
    if (place < 0) return stepper.set(unit, this.#count);
    const count = formatChoices(last);
    const ends = { atStart: place === 0, atEnd: place === last };
    stepper.set(place, this.#count, { number: unit, last, count, widest: count, ...ends });
  }
}
