/** Answers as the kernel did when the page was saved; what nobody asked then is a failure that says so. */
import { DEFAULTS } from "../host";
import { PROTOCOL, type Request } from "../protocol.gen";
import type { PageTexts } from "../texts/page";
import { type Answers, Failed } from "./answers";
import { LocalModel } from "./model";

type Tell = (key: keyof PageTexts, values?: Record<string, string | number>) => string;

export class SavedModel extends LocalModel {
  #answers: Answers;
  #samples: ReadonlySet<number>;
  #tell: Tell;

  constructor(
    traits: Record<string, unknown>,
    answers: Answers,
    samples: readonly number[],
    tell: Tell,
  ) {
    super({ ...DEFAULTS, ...traits });
    this.#answers = answers;
    this.#samples = new Set(samples);
    this.#tell = tell;
  }

  send(message: Request | { kind: "batch"; messages: Request[] }): void {
    const all = message.kind === "batch" ? message.messages : [message];
    for (const each of all) if (each.kind === "request") setTimeout(() => this.#answer(each));
  }

  #answer({ id, name, params }: Request): void {
    const head = { v: PROTOCOL, id };
    try {
      const { buffers, ...found } =
        name === "set" ? this.#set(params) : this.#answers.find(name, params);
      this.trigger("msg:custom", { ...head, kind: "result", ...found }, buffers);
    } catch (error) {
      const known = error instanceof Failed ? error.failure : this.#missing(name);
      this.trigger("msg:custom", { ...known, ...head, kind: "failure" }, []);
    }
  }

  /** As Python carries it out: a layer is first seen where its unit is strongest, options belong to their method. */
  #set(params: Record<string, unknown>) {
    const { sample } = params;
    if ("filter" in params || (typeof sample === "number" && !this.#samples.has(sample)))
      throw new Failed({ ...this.#missing("set"), id: "", kind: "failure", v: PROTOCOL });
    const changed = { ...params };
    if ("layer" in params && !("place" in params)) changed.place = null;
    if ("method" in params && !("options" in params)) changed.options = {};
    for (const [name, value] of Object.entries(changed)) this.set(name, value);
    return { payload: { kind: "done" }, tensors: [], buffers: [] };
  }

  #missing(name: string) {
    const list = ranges([...this.#samples]);
    const key = name === "own_input" || name === "makers" ? "page_input" : "page_needs";
    const message = name === "set" ? this.#tell("page_samples", { list }) : this.#tell(key);
    return { error: "NeedsKernel", message, detail: "" };
  }
}

/** "0 – 19" or "3, 7, 12". */
function ranges(samples: number[]): string {
  const first = samples[0] ?? 0;
  const row = samples.every((sample, i) => sample === first + i);
  return row && samples.length > 2
    ? `${first} – ${first + samples.length - 1}`
    : samples.join(", ");
}
