/** The one number that is looked at: where it comes from, where it goes, and where it is marked. */
import type { Panel } from "./panel";
import type { PanelName, PanelsOwner } from "./panels";
import type { Calculation, Payload } from "./protocol.gen";
import { unitAxis } from "./walk";

export class Numbers {
  #owner: PanelsOwner;
  #all: Record<PanelName, Panel>;
  #found: Calculation | null = null;

  constructor(owner: PanelsOwner, all: Record<PanelName, Panel>) {
    this.#owner = owner;
    this.#all = all;
    all.feeds.body.hidden = true;
  }

  /** Where the chosen number comes from, or an inner result of it. */
  ask(): void {
    const { sample, layer, unit, place } = this.#owner.state();
    const stage = this.#owner.walking.walk.stand?.stage ?? "";
    this.#all.calculation.element.hidden = layer === "";
    if (layer === "") return;
    const params = { sample, layer, unit, place, stage };
    void this.#all.calculation.ask({ slot: "calculation", name: "calculation", params });
    this.askFeeds();
  }

  /** Opens or closes the panel that says where a number goes. */
  follow(open: boolean): void {
    this.#all.feeds.body.hidden = !open;
    this.askFeeds();
  }

  askFeeds(): void {
    const { sample, layer, unit, place, target } = this.#owner.state();
    this.#all.feeds.element.hidden = layer === "";
    if (layer === "" || this.#all.feeds.body.hidden) return;
    const params = { sample, layer, unit, place, target };
    void this.#all.feeds.ask({ slot: "feeds", name: "feeds", params });
  }

  arrived(payload: Payload | null): void {
    if (payload?.kind !== "calculation") return;
    this.#found = payload;
    this.mark();
  }

  /** The chosen number is marked in the pictures of its layer. */
  mark(): void {
    this.#all.unit.refresh();
    this.#all.layer.refresh();
  }

  /** The same place of another unit of the chosen layer; null where that is not known. */
  moved(unit: number): readonly number[] | null {
    const { layer, place } = this.#owner.state();
    if (!place || this.#found?.path !== layer) return place;
    return place.with(unitAxis(this.#found.axes), unit);
  }

  /** Where it is: as it was chosen, or where its unit is strongest. */
  get place(): readonly number[] | null {
    const { layer, sample, unit, place } = this.#owner.state();
    const found = this.#found;
    if (place || found?.path !== layer || found.sample !== sample) return place;
    return found.unit[unitAxis(found.axes)] === unit ? found.unit : null;
  }
}
