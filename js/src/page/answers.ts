/** What Python answered when the page was saved, found again by what is asked. */
import type {
  Failure,
  LayerHead,
  MethodChoice,
  Payload,
  SampleVerdict,
  TensorHeader,
  Thumbnail,
} from "../protocol.gen";
import { Looks, type Params } from "./looks";

interface Saved {
  payload?: Payload;
  failure?: Failure;
  tensors: TensorHeader[];
  buffers: number[];
}

export interface Saving {
  asked: [string, Params, number][];
  answers: Saved[];
  sizes: number[];
}

export interface Found {
  payload: Payload;
  tensors: TensorHeader[];
  buffers: Uint8Array[];
}

/** It was not asked when the page was saved. */
export class NotSaved extends Error {}

/** Python failed then, as it would now. */
export class Failed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** What makes one question another, and what it is where nothing is said. Other parameters do not matter. */
const FIELDS: Record<string, Params> = {
  overview: { sample: 0 },
  prediction: { sample: 0, target: null },
  layer: { sample: 0, layer: "", start: 0, options: {} },
  unit: { sample: 0, layer: "", unit: 0, options: {} },
  calculation: { sample: 0, layer: "", unit: 0, place: null, stage: "" },
  feeds: { sample: 0, layer: "", unit: 0, place: null, target: null },
  attribution: {
    sample: 0,
    target: null,
    method: "",
    layer: "",
    options: {},
    channels: "sum",
    index: [],
    language: "en",
  },
  evaluation: { sample: 0, target: null, method: "", layer: "", options: {} },
  methods: { language: "en" },
  told: { sample: 0, target: null, language: "en" },
  thumbnails: { samples: [] },
  verdicts: { samples: [] },
  unit_data: { sample: 0, layer: "", unit: 0 },
  projection: { layer: "", way: "", colour: "" },
  projected_sample: { sample: 0, layer: "", way: "" },
  makers: { sample: 0 },
};

/** Of these the layer matters where the method is about it. */
const BY_METHOD = ["attribution", "evaluation"];

export class Answers {
  #known = new Map<string, Saved>();
  #buffers: Uint8Array[] = [];
  #looks = new Looks((params) => this.#head(params));
  #refused: () => string;

  /** `refused` says why a method that was not saved cannot be chosen. */
  constructor({ asked, answers, sizes }: Saving, bytes: Uint8Array, refused: () => string) {
    this.#refused = refused;
    let start = 0;
    for (const size of sizes) {
      this.#buffers.push(bytes.subarray(start, start + size));
      start += size;
    }
    for (const [name, params, number] of asked) {
      const answer = answers[number];
      if (answer) this.#known.set(this.#key(name, params), answer);
    }
  }

  find(name: string, params: Params): Found {
    if (name === "thumbnails" || name === "verdicts") return this.#together(name, params);
    if (name === "layer") return this.#take(name, this.#looks.layer(params));
    if (name === "unit") return this.#take(name, this.#looks.unit(params));
    const found = this.#take(name, params);
    return name === "methods" ? this.#withReasons(found) : found;
  }

  #key(name: string, params: Params): string {
    const fields = Object.entries(FIELDS[name] ?? {}).map(([field, usual]) => {
      if (field === "layer" && BY_METHOD.includes(name) && !this.#bound(params)) return "";
      const value = params[field] ?? usual;
      return field === "options" ? Object.entries(value as object).sort() : value;
    });
    return JSON.stringify([name, ...fields]);
  }

  #take(name: string, params: Params): Found {
    const saved = this.#known.get(this.#key(name, params));
    if (!saved) throw new NotSaved(name);
    if (saved.failure) throw new Failed(saved.failure);
    const buffers = saved.buffers.map((number) => this.#buffers[number] ?? new Uint8Array());
    return { payload: saved.payload as Payload, tensors: saved.tensors, buffers };
  }

  #head(params: Params): LayerHead | null {
    const payload = this.#known.get(this.#key("layer", params))?.payload;
    return payload && "head" in payload ? payload.head : null;
  }

  /** Whether a method explains by the layer on the screen. */
  #bound({ method, options }: Params): boolean {
    if ((options as Params | undefined)?.layer === "chosen") return true;
    const payload = this.#known.get(this.#key("methods", {}))?.payload;
    const known = payload?.kind === "methods" ? payload.methods : [];
    return known.find(({ name }) => name === method)?.needs_layer ?? false;
  }

  /** One answer for all samples that are asked for, each of which was saved alone; the others are empty. */
  #together(name: "thumbnails" | "verdicts", { samples }: Params): Found {
    const items: (Thumbnail | SampleVerdict)[] = [];
    const parts: Uint8Array[] = [];
    let start = 0;
    for (const sample of samples as number[]) {
      const saved = this.#known.get(this.#key(name, { samples: [sample] }));
      const payload = saved?.payload as { items: (Thumbnail | SampleVerdict)[] } | undefined;
      const [item] = payload?.items ?? [];
      const own = this.#buffers[saved?.buffers[0] ?? -1] ?? new Uint8Array();
      items.push(item && "start" in item ? { ...item, start } : (item ?? nothing(sample)));
      parts.push(own);
      start += own.length;
    }
    const all = new Uint8Array(start);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    const header: TensorHeader = {
      name: "pictures",
      dtype: "uint8",
      shape: [start],
      scale: null,
      offset: null,
    };
    const pictures = name === "thumbnails";
    const payload = { kind: name, items } as unknown as Payload;
    return { payload, tensors: pictures ? [header] : [], buffers: pictures ? [all] : [] };
  }

  #withReasons(found: Found): Found {
    const payload = found.payload as { kind: "methods"; sample: number; methods: MethodChoice[] };
    const saved = new Set(
      [...this.#known.values()].map(({ payload: each }) =>
        each?.kind === "attribution" ? each.method : "",
      ),
    );
    const methods = payload.methods.map((method) => ({
      ...method,
      refused: method.refused || (saved.has(method.name) ? "" : this.#refused()),
    }));
    return { ...found, payload: { ...payload, methods } };
  }
}

/** A sample that is not in the page. */
function nothing(sample: number): Thumbnail & SampleVerdict {
  const domain = { low: 0, high: 0, signed: false, nans: 0, infs: 0, clipped: 0 };
  const picture = { form: "none" as const, start: 0, height: 0, width: 0, depth: 0, domain };
  return { sample, ...picture, text: "", label: null, predicted: null, correct: null };
}
