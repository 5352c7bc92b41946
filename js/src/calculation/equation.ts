/** The sum in one line, large: Σ input × weight + bias = sum → activation → computed ✓ the model's own value. */
import { h } from "../dom";
import { formatCount, formatNumber } from "../draw/format";
import type { Calculation } from "../protocol.gen";
import { type Say, textOf } from "../text";

const DIGITS = 6;

export interface Equation {
  element: HTMLElement;
  show(payload: Calculation, say: Say): void;
}

export function equation(): Equation {
  const line = h("div", { class: "kv-equation", role: "math" });
  return {
    element: line,
    show(payload, say) {
      const parts = payload.no_rule ? [own(payload, say)] : partsOf(payload, say);
      line.setAttribute("aria-label", parts.map(({ spoken }) => spoken).join(" "));
      line.replaceChildren(...parts.map(drawn));
    },
  };
}

interface Part {
  sign: string;
  value: string;
  caption: string;
  spoken: string;
  kind?: string;
  title?: string;
}

function partsOf(payload: Calculation, say: Say): Part[] {
  const { bias, total, activation, computed, num_terms } = payload;
  const parts: Part[] = [];
  const products = total === null ? null : total - (bias ?? 0);
  const count =
    num_terms === 1 ? say("one_product") : say("products", { count: formatCount(num_terms) });
  parts.push(part("Σ", products, count));
  if (bias) {
    parts.push(part(bias < 0 ? "−" : "+", Math.abs(bias), say("bias")));
    parts.push(part("=", total, say("sum")));
  }
  if (activation !== "linear") parts.push(part("→", computed, textOf(say, activation)));
  parts.push(verdict(payload, say));
  return parts;
}

function part(sign: string, value: number | null, caption: string): Part {
  const text = formatNumber(value, DIGITS);
  return { sign, value: text, caption, spoken: `${sign} ${text} (${caption})` };
}

function own({ value }: Calculation, say: Say): Part {
  return { ...part("", value, say("model_value")), kind: "own" };
}

/** What the model itself computed, and whether that is the same. */
function verdict({ agrees, value, error, bound }: Calculation, say: Say): Part {
  if (agrees === null) {
    const caption = say("value_unseen");
    return { sign: "", value: "", caption, spoken: caption, kind: "unseen" };
  }
  const difference = say("difference", { error: formatNumber(error, 2) });
  const caption = `${say(agrees ? "model_agrees" : "model_value")} · ${difference}`;
  const found = part(agrees ? "✓" : "✗", value, caption);
  const title = say("bound", { bound: formatNumber(bound, 2) });
  return { ...found, kind: agrees ? "good" : "bad", title };
}

function drawn({ sign, value, caption, kind, title }: Part): HTMLElement {
  return h(
    "span",
    { class: `kv-part ${kind ? `kv-part-${kind}` : ""}`, title },
    h("span", { class: "kv-part-sign", text: sign }),
    h("span", { class: "kv-part-value", text: value }),
    h("span", { class: "kv-part-caption", text: caption }),
  );
}
