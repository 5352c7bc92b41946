/** Numbers to type: a slider and a field for each of a few, one text for many; also tokens and text. */
import { h } from "../dom";
import type { InputForm } from "../protocol.gen";
import type { Say } from "../text";
import { showFilled } from "./controls";
import { type Problem, parseNumbers, typed } from "./parse";

/** More than these are one text. */
const MOST_FIELDS = 32;

export interface FieldEvents {
  numbers(numbers: Float32Array): void;
  text(text: string): void;
  wrong(problem: Problem): void;
}

export interface Fields {
  element: HTMLElement;
  /** Shows what the sample holds, but for what is being typed just now. */
  show(values: ArrayLike<number> | null, text: string): void;
}

export interface Ends {
  lows: ArrayLike<number>;
  highs: ArrayLike<number>;
}

export function fieldsFor(
  form: InputForm,
  ends: Ends,
  say: Say,
  events: FieldEvents,
  signal: AbortSignal,
): Fields {
  if (form.makers.includes("text")) return textField(say, events, signal);
  const count = form.shape.reduce((product, size) => product * size, 1);
  const single = form.makers.includes("numbers") && count <= MOST_FIELDS;
  return single
    ? numberFields(form, count, ends, say, events, signal)
    : numberText(form, count, say, events, signal);
}

function textField(say: Say, events: FieldEvents, signal: AbortSignal): Fields {
  const area = h("textarea", { class: "kv-own-text", rows: 3, "aria-label": say("own_text") });
  area.addEventListener("input", () => events.text(area.value), { signal });
  const show = (_: ArrayLike<number> | null, text: string) => {
    if (!area.matches(":focus")) area.value = text;
  };
  return { element: area, show };
}

function numberText(
  form: InputForm,
  count: number,
  say: Say,
  events: FieldEvents,
  signal: AbortSignal,
): Fields {
  const wanted = { count: form.variable ? null : count, whole: form.whole };
  const area = h("textarea", { class: "kv-own-text kv-own-numbers", rows: 5, spellcheck: "false" });
  area.setAttribute("aria-label", say(form.vocabulary === null ? "own_numbers" : "own_tokens"));
  area.addEventListener(
    "input",
    () => {
      const parsed = parseNumbers(area.value, wanted);
      if ("problem" in parsed) events.wrong(parsed.problem);
      else events.numbers(parsed.numbers);
      area.setAttribute("aria-invalid", String("problem" in parsed));
    },
    { signal },
  );
  const show = (values: ArrayLike<number> | null) => {
    if (values && !area.matches(":focus")) area.value = Array.from(values, typed).join(" ");
  };
  return { element: area, show };
}

interface Field {
  name: string;
  range: HTMLInputElement;
  number: HTMLInputElement;
}

function numberFields(
  form: InputForm,
  count: number,
  ends: Ends,
  say: Say,
  events: FieldEvents,
  signal: AbortSignal,
): Fields {
  const named = form.names.length > 0 ? " kv-own-named" : "";
  const list = h("div", { class: `kv-own-fields${named}` });
  const fields = Array.from({ length: count }, (_, i) => fieldOf(form, i, ends, say));
  const numbers = new Float32Array(count);
  const change = (i: number, field: Field, from: HTMLInputElement) => {
    const parsed = parseNumbers(from.value, { count: 1, whole: form.whole });
    const bad = "problem" in parsed;
    field.number.setAttribute("aria-invalid", String(bad));
    if (bad)
      return events.wrong({ key: "own_not_a_number", values: { word: from.value || field.name } });
    numbers[i] = parsed.numbers[0] ?? 0;
    showField(field, numbers[i] ?? 0);
    events.numbers(numbers.slice());
  };
  fields.forEach((field, i) => {
    const { name, range, number } = field;
    range.addEventListener("input", () => change(i, field, range), { signal });
    number.addEventListener("input", () => change(i, field, number), { signal });
    list.append(
      h(
        "div",
        { class: "kv-own-field" },
        h("span", { class: "kv-label", text: name, title: name }),
        range,
        number,
      ),
    );
  });
  const show = (values: ArrayLike<number> | null) => {
    if (!values) return;
    numbers.set(values);
    fields.forEach((field, i) => {
      showField(field, values[i] ?? 0);
    });
  };
  return { element: list, show };
}

function fieldOf(form: InputForm, i: number, { lows, highs }: Ends, say: Say): Field {
  const [low, high] = [lows[i] ?? form.low, highs[i] ?? form.high];
  const [min, max] = high > low ? [low, high] : [low - 1, high + 1];
  const name = form.names[i] ?? String(i);
  const label = say("own_number", { name });
  const step = form.whole ? 1 : "any";
  const range = h("input", {
    type: "range",
    class: "kv-range",
    min,
    max,
    step,
    "aria-label": label,
  });
  const number = h("input", {
    type: "text",
    inputmode: "decimal",
    class: "kv-number",
    "aria-label": label,
  });
  return { name, range, number };
}

/** A slider reaches as far as what was typed. */
function showField({ range, number }: Field, value: number): void {
  if (value < Number(range.min)) range.min = String(value);
  if (value > Number(range.max)) range.max = String(value);
  if (!range.matches(":active")) range.value = String(value);
  showFilled(range);
  if (number.matches(":focus")) return;
  number.value = typed(value);
  number.removeAttribute("aria-invalid");
}
