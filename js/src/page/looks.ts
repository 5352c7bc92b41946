/** How a layer is looked at, as far as it was saved: of what was chosen, what its picture offers. */
import type { Control, LayerHead } from "../protocol.gen";
import { same } from "../store";

export type Params = Record<string, unknown>;
type Options = Record<string, unknown>;

/** These change how a layer is drawn, not the numbers of its units. */
const DRAWN = ["aspect", "order", "scale", "unit"];

export class Looks {
  #head: (params: Params) => LayerHead | null;
  #before: Options = {};

  /** `head` gives what the answer to a question about a layer says of it; null where it was not asked. */
  constructor(head: (params: Params) => LayerHead | null) {
    this.#head = head;
  }

  /** The question whose answer is shown. Where two choices were not saved together, the newer one counts. */
  layer(params: Params): Params {
    const first = { ...params, start: 0 };
    const { fixed, free } = this.#chosen(first);
    const wanted = (params.options ?? {}) as Options;
    const news = Object.keys(free).sort((a) => (same(wanted[a], this.#before[a]) ? 1 : -1));
    if (params.start === 0) this.#before = wanted;
    const alone = news.map((name) => ({ ...fixed, [name]: free[name] }));
    const ways: Options[] = [{ ...fixed, ...free }, ...alone, fixed];
    const options = ways.find((way) => this.#head({ ...first, options: way })) ?? fixed;
    return { ...params, options };
  }

  unit(params: Params): Params {
    const { fixed, free } = this.#chosen({ ...params, start: 0 });
    const all = Object.entries({ ...fixed, ...free });
    const options = Object.fromEntries(all.filter(([name]) => !DRAWN.includes(name)));
    return { ...params, options };
  }

  /** What the layer's picture offers of what was chosen: which picture it is, and how it is drawn. */
  #chosen(params: Params): { fixed: Options; free: Options } {
    const wanted = (params.options ?? {}) as Options;
    const aspects = this.#head({ ...params, options: {} })?.aspects.slice(1) ?? [];
    const fixed: Options = aspects.includes(String(wanted.aspect)) ? { aspect: wanted.aspect } : {};
    const free: Options = {};
    for (const control of this.#head({ ...params, options: fixed })?.controls ?? []) {
      const { name } = control;
      if (name in wanted && isOther(control, wanted[name]))
        (name === "unit" ? fixed : free)[name] = wanted[name];
    }
    return { fixed, free };
  }
}

/** Whether it is a choice, and not what is chosen where nothing is said. */
function isOther({ form, values, count, chosen }: Control, value: unknown): boolean {
  const at = form === "choice" ? values.indexOf(String(value)) : Number(value);
  return at >= 0 && at < count && at !== chosen;
}
