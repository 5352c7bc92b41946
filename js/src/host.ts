/** What the stage needs of the notebook: traits, messages, and whether a kernel is there. */
import type { Filter } from "./data/look";
import type { Wire } from "./rpc";
import type { Shared } from "./store";
import type { Texts } from "./text";

export interface Digest {
  model_name?: string;
  sample?: number;
  layers?: { path: string; kind: string; shape: unknown }[];
  prediction?: { name: string; value: number | null }[];
}

/** The stage's synced traits, as Python names them. */
export interface Traits extends Shared {
  num_samples: number;
  status: string;
  theme: string;
  language: string;
  /** The samples that are walked through; null: all. */
  filter: Filter | null;
  /** Why what was selected in a chart is no filter. */
  refused: string;
  /** The models of bqplot figures that stand in panels, by name. */
  charts: Readonly<Record<string, string>>;
  /** The sentences of the language. */
  texts: Partial<Texts>;
  title: string;
  revision: number;
  /** Another number when the scan of the samples, or whether it still holds, is different. */
  scanned: number;
  /** The same of the doctor's report. */
  examined: number;
  digest: Digest;
  closed: boolean;
}

/** A bqplot figure in the page. */
export interface Mounted {
  /** Its place has another width. */
  resize(): void;
  remove(): void;
}

export interface Host {
  /** Puts the widget of that model into a place; fails where there is no such widget, or none can be made here. */
  mount(model: string, place: HTMLElement): Promise<Mounted>;
  wire: Wire;
  traits(): Traits;
  /** Calls back, at most once per turn of the event loop, when any trait changed. */
  onTraits(listener: () => void, signal: AbortSignal): void;
  alive(): boolean;
  onAlive(listener: () => void, signal: AbortSignal): void;
}

export const DEFAULTS: Traits = {
  sample: 0,
  num_samples: 1,
  layer: "",
  unit: 0,
  place: null,
  target: null,
  method: "",
  options: {},
  status: "idle",
  theme: "auto",
  language: "en",
  texts: {},
  filter: null,
  refused: "",
  charts: {},
  title: "",
  revision: 0,
  scanned: 0,
  examined: 0,
  digest: {},
  closed: false,
};

export function sharedOf(traits: Traits): Shared {
  const { sample, layer, unit, place, target, method, options } = traits;
  return { sample, layer, unit, place, target, method, options };
}
