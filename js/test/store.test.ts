import { beforeEach, expect, test } from "vitest";
import { type Key, type Shared, Store } from "../src/store";

const START: Shared = {
  sample: 0,
  layer: "conv",
  unit: 0,
  place: null,
  target: null,
  method: "",
  options: {},
};
let store: Store;
let changes: Key[][];

beforeEach(() => {
  store = new Store(START);
  changes = [];
  store.subscribe((changed) => changes.push([...changed]), new AbortController().signal);
});

test("a proposal shows at once and is told once", () => {
  expect(store.propose({ sample: 3 })).toBe(true);
  expect(store.state.sample).toBe(3);
  expect(store.propose({ sample: 3 })).toBe(false);
  expect(changes).toEqual([["sample"]]);
});

test("an older value that comes back does not move the slider under the hand", () => {
  store.propose({ sample: 3 });
  store.propose({ sample: 7 });
  store.adopt({ ...START, sample: 3 });
  expect(store.state.sample).toBe(7);
});

test("another view's change is taken while ours is under way", () => {
  store.propose({ sample: 3 });
  store.adopt({ ...START, layer: "dense" });
  expect(store.state).toMatchObject({ sample: 3, layer: "dense" });
});

test("a confirmed value can be changed from Python again", () => {
  store.propose({ sample: 3 });
  store.confirm({ sample: 3 }, { ...START, sample: 3 });
  expect(store.unconfirmed).toEqual({});
  store.adopt({ ...START, sample: 5 });
  expect(store.state.sample).toBe(5);
});

test("confirming an older value leaves the newer one unconfirmed", () => {
  store.propose({ sample: 3 });
  store.propose({ sample: 7 });
  store.confirm({ sample: 3 }, { ...START, sample: 3 });
  expect(store.state.sample).toBe(7);
  expect(store.unconfirmed).toEqual({ sample: 7 });
});

test("what Python corrects on the way is adopted when it confirms", () => {
  store.propose({ layer: "dense", unit: 40 });
  store.confirm({ layer: "dense", unit: 40 }, { ...START, layer: "dense", unit: 9 });
  expect(store.state.unit).toBe(9);
});

test("a refusal goes back to the traits", () => {
  store.propose({ layer: "nowhere", unit: 4 });
  store.reject(START);
  expect(store.state).toEqual(START);
  expect(store.unconfirmed).toEqual({});
  expect(changes.at(-1)?.sort()).toEqual(["layer", "unit"]);
});

test("a listener ends with its signal", () => {
  const controller = new AbortController();
  let calls = 0;
  store.subscribe(() => {
    calls += 1;
  }, controller.signal);
  controller.abort();
  store.propose({ sample: 1 });
  expect(calls).toBe(0);
});

test("a place that stays the same while the layer changes is proposed with it", () => {
  const place = [2, 7, 0];
  const store = new Store({ ...START, layer: "add", place });
  expect(store.propose({ layer: "bn", unit: 0, place: [...place] })).toBe(true);
  expect(store.unconfirmed).toEqual({ layer: "bn", unit: 0, place });
  store.adopt({ ...START, layer: "bn", place: null });
  expect(store.state.place).toEqual(place);
});
