/** The sum in one line, large: Σ input × weight + bias = sum → activation → computed ✓ the model's own value. */
import { h } from "../dom";
import { columnFormat, formatCount, formatExact, formatNumber } from "../draw/format";
import type { Calculation } from "../protocol.gen";
import { type Say, textOf } from "../text";

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

type Format = (value: number) => string;

interface Part {
  sign: string;
  value: string;
  caption: string;
  spoken: string;
  kind?: string;
  title?: string;
}

function partsOf(payload: Calculation, say: Say): Part[] {
  const { total, activation, num_terms } = payload;
  const bias = payload.bias ?? 0;
  const products = total === null ? null : total - bias;
  const sum = [products ?? 0, bias, total ?? 0];
  const format = columnFormat([...sum, payload.computed ?? 0], sum);
  const count = formatCount(num_terms);
  const parts: Part[] = [];
  if (num_terms > 0)
    parts.push(
      part("Σ", products, say(num_terms === 1 ? "one_product" : "products", { count }), format),
    );
  if (bias !== 0) {
    const sign = bias < 0 ? "−" : "+";
    parts.push(part(num_terms > 0 ? sign : "", Math.abs(bias), say("bias"), format));
    if (num_terms > 0) parts.push(part("=", total, say("sum"), format));
  }
  if (parts.length === 0) parts.push(part("=", total, say("sum"), format));
  if (activation !== "linear") parts.push(followed(payload, format, say));
  parts.push(verdict(payload, format, say));
  return parts;
}

function part(sign: string, value: number | null, caption: string, format: Format): Part {
  const text = value === null ? "–" : format(value);
  const title = value === null ? "" : formatNumber(value, 9);
  return { sign, value: text, caption, title, spoken: `${sign} ${text} (${caption})` };
}

/** What the activation makes of the sum; a softmax needs the other sums too. */
function followed({ activation, computed }: Calculation, format: Format, say: Say): Part {
  const found = part("→", computed, textOf(say, activation), format);
  if (activation !== "softmax") return found;
  const caption = say("softmax_of");
  return { ...found, caption, title: `${found.title} · ${say("softmax_why")}` };
}

function own({ value }: Calculation, say: Say): Part {
  return { ...part("", value, say("model_value"), formatExact), kind: "own" };
}

/** What the model itself computed, and whether that is the same. */
function verdict({ agrees, value, error, bound }: Calculation, format: Format, say: Say): Part {
  if (agrees === null) {
    const caption = say("value_unseen");
    return { sign: "", value: "", caption, spoken: caption, kind: "unseen" };
  }
  const caption = say("model_difference", { error: formatNumber(error, 2) });
  const found = part(agrees ? "✓" : "✗", value, caption, format);
  const title = `${found.title}. ${say("bound", { bound: formatNumber(bound, 2) })}`;
  const spoken = `${say(agrees ? "model_agrees" : "model_differs")} ${found.spoken}. ${title}`;
  return { ...found, kind: agrees ? "good" : "bad", title, spoken };
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
