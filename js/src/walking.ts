/** What a person does on the way from number to number. */
import type { Panels } from "./panels";
import type { Shared } from "./store";
import type { ViewEvent } from "./views/view";
import { Walk } from "./walk";

type Step = Extract<ViewEvent, { type: "stop" | "crumb" | "unit" }>;

export class Walking {
  readonly walk = new Walk();
  /** False when it is so already, or nobody is there. */
  #propose: (patch: Partial<Shared>) => boolean;

  constructor(propose: (patch: Partial<Shared>) => boolean) {
    this.#propose = propose;
  }

  /** Another number: one of those that this one is made of, one before it, or any other. */
  act(event: Step, panels: Panels): void {
    if (event.type === "unit") {
      const { unit, place } = event;
      this.#propose({ unit, place: place ?? panels.numbers.moved(unit) });
      return;
    }
    if (event.type === "stop") this.walk.go(event.stop);
    else this.walk.cut(event.at);
    const { stand, now } = this.walk;
    if (!stand) return;
    const { path: layer, unit, place } = stand;
    if (this.#propose({ layer, unit, place })) return;
    panels.all.calculation.refresh();
    if (!now?.end) panels.numbers.ask();
  }

  /** One stop back; false where there is none. */
  back(panels: Panels): boolean {
    const before = this.walk.stops.length - 2;
    if (before >= 0) this.act({ type: "crumb", at: before }, panels);
    return before >= 0;
  }
}
