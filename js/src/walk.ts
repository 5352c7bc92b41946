/** The way from one number to those it is made of, and back. */
import { type Shared, same } from "./store";

type Place = readonly number[] | null;

/** One number on the way. */
export interface Stop {
  path: string;
  unit: number;
  /** Null: where the unit is strongest. */
  place: Place;
  /** An inner result of it; "" for the number itself. */
  stage: string;
  /** It is a number of the model's input: nothing is behind it. */
  end: boolean;
}

export class Walk {
  #stops: readonly Stop[] = [];
  /** Where a unit whose place was not chosen is strongest. */
  #found = new WeakMap<Stop, readonly number[]>();

  get stops(): readonly Stop[] {
    return this.#stops;
  }

  get now(): Stop | undefined {
    return this.#stops.at(-1);
  }

  /** The last stop that has an arithmetic: what is asked for. */
  get stand(): Stop | undefined {
    return this.#stops.findLast(({ end }) => !end);
  }

  /** A stop further; one stage of a number takes the place of another, and one end that of another. */
  go(stop: Stop): void {
    const { now } = this;
    const sibling = now && ((stop.end && now.end) || (stop.stage && now.stage && equal(now, stop)));
    this.#stops = [...(sibling ? this.#stops.slice(0, -1) : this.#stops), stop];
  }

  /** Back to one of the stops. */
  cut(at: number): void {
    this.#stops = this.#stops.slice(0, at + 1);
  }

  /** The walk begins anew where something else was chosen than its last stop. */
  settle({ layer, unit, place }: Shared): void {
    const { stand } = this;
    const here = stand?.path === layer && same(stand.place, place);
    if (here && (place !== null || stand.unit === unit)) return; // a place says which unit
    this.#stops = layer ? [{ path: layer, unit, place, stage: "", end: false }] : [];
  }

  /** An answer says which number a stop without a place is. */
  found(path: string, place: readonly number[]): void {
    const { stand } = this;
    if (stand?.path === path && stand.place === null) this.#found.set(stand, place);
  }

  placeOf(stop: Stop): Place {
    return stop.place ?? this.#found.get(stop) ?? null;
  }
}

/** The axis along which an output's units lie. */
export function unitAxis(axes: readonly string[]): number {
  const named = ["channel", "unit"].map((name) => axes.indexOf(name)).find((at) => at >= 0);
  return named ?? axes.length - 1;
}

/** The stop at a place of a layer's output. */
export function stopAt(path: string, axes: readonly string[], place: readonly number[]): Stop {
  return { path, unit: place[unitAxis(axes)] ?? 0, place, stage: "", end: false };
}

function equal(one: Stop, other: Stop): boolean {
  return one.path === other.path && one.unit === other.unit && same(one.place, other.place);
}
