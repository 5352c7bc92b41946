/** Inputs that the kernel makes by itself: noise, gradients, a constant. */
import { h, setText } from "../dom";
import { formatNumber } from "../draw/format";
import type { InputForm } from "../protocol.gen";
import type { Say, TextKey } from "../text";
import { labelled, showFilled } from "./controls";
import { rangeText } from "./upload";

export type Compute = (maker: string, number: number, note: string) => void;

interface Ready {
  maker: InputForm["makers"][number];
  /** Its small picture. */
  swatch: string;
  text: string;
  /** Another one each time it is asked for, and what to say of it. */
  next(): { number: number; note: string };
}

/** One row of buttons; empty for an input that takes none of them. */
export function computedRow(
  form: InputForm,
  say: Say,
  compute: Compute,
  signal: AbortSignal,
): HTMLElement {
  const row = h("div", { class: "kv-own-row kv-own-computed" });
  for (const { maker, swatch, text, next } of readyMade(form, say)) {
    const picture = h("span", { class: `kv-own-swatch kv-own-swatch-${swatch}` });
    const button = h("button", { type: "button", class: "kv-button" }, picture, text);
    const go = () => {
      const { number, note } = next();
      compute(maker, number, note);
    };
    button.addEventListener("click", go, { signal });
    row.append(button);
  }
  if (form.makers.includes("constant")) row.append(constant(form, say, compute, signal));
  return row;
}

function readyMade(form: InputForm, say: Say): Ready[] {
  const kind = randomOf(form);
  const range = kind === "own_noise" ? `, ${rangeText(form)}` : "";
  let seed = 0;
  const another = () => {
    seed += 1;
    return { number: seed, note: say(`${kind}_seed`, { seed }) + range };
  };
  const all: Ready[] = [{ maker: "noise", swatch: "noise", text: say(kind), next: another }];
  const add = (number: number, swatch: string, key: TextKey, done: TextKey) => {
    const note = `${say(done)}, ${rangeText(form)}`;
    all.push({ maker: "gradient", swatch, text: say(key), next: () => ({ number, note }) });
  };
  if (form.shape.length > 1) {
    add(0, "down", "own_down", "own_gradient_down");
    add(1, "right", "own_right", "own_gradient_right");
  } else add(0, "right", "own_gradient", "own_gradient_plain");
  return all.filter(({ maker }) => form.makers.includes(maker));
}

/** What noise is called where the numbers are not those of a picture. */
function randomOf({ makers }: InputForm): "own_noise" | "own_random_numbers" | "own_random_tokens" {
  if (makers.includes("numbers")) return "own_random_numbers";
  return makers.includes("tokens") ? "own_random_tokens" : "own_noise";
}

function constant(form: InputForm, say: Say, compute: Compute, signal: AbortSignal): HTMLElement {
  const range = h("input", {
    type: "range",
    class: "kv-range",
    min: 0,
    max: 1,
    step: 0.01,
    value: 0.5,
  });
  const value = h("span", { class: "kv-muted kv-own-level" });
  const level = () => {
    const exact = form.low + range.valueAsNumber * (form.high - form.low);
    return formatNumber(form.whole ? Math.round(exact) : exact, 3);
  };
  const show = () => {
    showFilled(range);
    setText(value, level());
  };
  const change = () => {
    show();
    compute("constant", range.valueAsNumber, say("own_constant_is", { value: level() }));
  };
  range.addEventListener("input", change, { signal });
  show();
  const label = labelled(say("own_constant"), range);
  label.append(value);
  return label;
}
