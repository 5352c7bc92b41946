/** What happens at points that stand for samples: read, chosen, drawn around; in our drawing and in bqplot's. */
import { h } from "../dom";
import { formatCount } from "../draw/format";
import type { CloudEvents } from "../figures/scatter";
import { datumUnder } from "../parts/chart";
import { pictureOf } from "../samples/thumb";
import type { Context } from "./view";

export type Read = (text: string | null, picture?: Element | null) => void;

export interface PointEvents extends CloudEvents {
  /** The same of a bqplot figure in `box`: its lasso is told by Python. */
  listen(box: HTMLElement, signal: AbortSignal): void;
}

export function pointEvents(
  samples: () => ArrayLike<number> | null,
  now: () => Context,
  read: Read,
  describe: (i: number) => string = () => "",
): PointEvents {
  const hover = (i: number | null) => {
    const sample = i === null ? undefined : samples()?.[i];
    const { all, say } = now();
    if (i === null || sample === undefined || !all) return read(null);
    all.thumbs.fetch([sample]);
    const small = all.thumbs.get(sample);
    const text = [`${say("sample")} ${formatCount(sample)}`, describe(i)].filter(Boolean);
    read(text.join(" · "), small ? pictureOf(small, now()) : null);
  };
  const click = (i: number) => {
    const sample = samples()?.[i];
    if (sample !== undefined) now().all?.choose(sample);
  };
  const lasso = (inside: number[]) => {
    const mine = samples() ?? [];
    if (inside.length > 0)
      now().all?.leave({ by: "points", samples: inside.map((i) => mine[i] ?? 0) });
  };
  const at = (event: MouseEvent) => {
    const { name } = datumUnder(event) ?? {};
    const i = Array.prototype.indexOf.call(samples() ?? [], Number(name));
    return name === undefined || i < 0 ? null : i;
  };
  return {
    hover,
    click,
    lasso,
    listen(box, signal) {
      const over = (event: PointerEvent) => {
        if (box.querySelector(".bqplot")) hover(at(event));
      };
      box.addEventListener("pointermove", over, { signal });
      box.addEventListener("mousedown", moved, { signal, capture: true });
      box.addEventListener("pointerleave", () => hover(null), { signal });
      box.addEventListener(
        "click",
        (event) => {
          const i = box.querySelector(".bqplot") ? at(event) : null;
          if (i !== null) click(i);
        },
        { signal },
      );
    },
  };
}

/** A lasso of bqplot that never moved, a click, is a path that the browser complains of: it moves by nothing. */
function moved(): void {
  const move = ({ clientX, clientY }: MouseEvent) =>
    window.dispatchEvent(new MouseEvent("mousemove", { clientX, clientY, view: window }));
  window.addEventListener("mouseup", move, { capture: true, once: true });
}

/** A line of text with a small picture before it. */
export function readWith(readout: HTMLElement): Read {
  const tile = h("span", { class: "kv-shot-tile" });
  const words = h("span");
  readout.replaceChildren(tile, words);
  return (text, picture = null) => {
    words.textContent = text ?? "";
    tile.replaceChildren(...(picture ? [picture] : []));
  };
}
