/** The options of a method as controls; what is as usual is not told to Python. */
import { h } from "../dom";
import type { MethodChoice, OptionControl } from "../protocol.gen";
import { type Say, wordOf } from "../text";
import { tick } from "./controls";

export type Options = Readonly<Record<string, unknown>>;

/** Those that one seldom changes. */
const RARE = ["batch_size", "seed", "rule", "alpha"];

export interface OptionBar {
  element: HTMLElement;
  show(method: MethodChoice | null, options: Options, layer: string, say: Say): void;
}

interface Control {
  element: HTMLElement;
  set(value: unknown): void;
}

export function optionBar(choose: (options: Options) => void, signal: AbortSignal): OptionBar {
  const places = placesOf();
  let controls = new Map<string, Control>();
  let made = "";
  let now: Options = {};
  const change: Change = (name, value, standard) => {
    const { [name]: _, ...others } = now;
    now = value === standard || value === null ? others : { ...others, [name]: value };
    choose(now);
  };
  const show: OptionBar["show"] = (method, options, layer, say) => {
    now = options;
    places.element.hidden = !method;
    if (!method) return;
    const { name, default_layer } = method;
    const labels = method.options.map(({ label }) => label);
    const key = JSON.stringify([name, default_layer, layer, options.layer, say("input"), labels]);
    if (key !== made) {
      made = key;
      const where = whereControl(method, options, layer, say, (value) =>
        change("layer", value, ""),
      );
      const all = method.options.map(
        (each) => [each.name, controlOf(each, change, say, signal)] as const,
      );
      controls = new Map<string, Control>([["layer", where], ...all]);
      places.fill(controls, say);
    }
    for (const each of method.options) {
      controls.get(each.name)?.set(options[each.name] ?? each.value);
    }
    controls.get("layer")?.set(options.layer ?? "");
  };
  return { element: places.element, show };
}

/** The usual options in a row, the rare ones folded away. */
function placesOf() {
  const usual = h("div", { class: "kv-why-usual" });
  const rare = h("div", { class: "kv-why-usual" });
  const more = h("summary", {});
  const details = h("details", { class: "kv-why-more" }, more, rare);
  const element = h("div", { class: "kv-why-options" }, usual, details);
  const fill = (controls: ReadonlyMap<string, Control>, say: Say) => {
    const pick = (wanted: boolean) =>
      [...controls]
        .filter(([name]) => RARE.includes(name) === wanted)
        .map(([, each]) => each.element);
    usual.replaceChildren(...pick(false));
    rare.replaceChildren(...pick(true));
    details.hidden = rare.childElementCount === 0;
    more.textContent = say("why_more_options");
  };
  return { element, fill };
}

/** What is attributed: the inputs, the layer on the screen, or the one that the method takes by itself. */
function whereControl(
  { needs_layer, takes_layer, default_layer }: MethodChoice,
  options: Options,
  layer: string,
  say: Say,
  change: (value: string) => void,
): Control {
  const chosen = say("why_this_layer", { layer });
  const usual = default_layer
    ? say("why_default_layer", { layer: default_layer })
    : say("why_inputs");
  const choices: [string, string][] = needs_layer
    ? [["", chosen]]
    : [
        ["", usual],
        ["chosen", chosen],
      ];
  const own = options.layer;
  if (typeof own === "string" && own && own !== "chosen") choices.push([own, own]);
  const select = h("select", { class: "kv-select" });
  for (const [value, text] of choices) select.append(h("option", { value, text }));
  select.addEventListener("change", () => change(select.value));
  const label = h("span", { class: "kv-label", text: say("why_of") });
  return {
    element: h("label", { class: "kv-choice", hidden: !takes_layer }, label, select),
    set: (value) => {
      select.value = String(value);
    },
  };
}

type Change = (name: string, value: unknown, standard: unknown) => void;

function controlOf(option: OptionControl, change: Change, say: Say, signal: AbortSignal): Control {
  const send = (value: unknown) => change(option.name, value, option.value);
  if (option.form === "toggle") return toggle(option, send, signal);
  if (option.form === "choice") return list(option, send, say, signal);
  return numbers(option, send, say, signal);
}

type Send = (value: unknown) => void;

function toggle({ label }: OptionControl, send: Send, signal: AbortSignal): Control {
  const { element, input, text } = tick();
  text.textContent = label;
  input.addEventListener("change", () => send(input.checked), { signal });
  return {
    element,
    set: (value) => {
      input.checked = value === true;
    },
  };
}

function list(
  { name, label, choices }: OptionControl,
  send: Send,
  say: Say,
  signal: AbortSignal,
): Control {
  const select = h("select", { class: "kv-select" });
  const add = (value: string, text: string) => select.append(h("option", { value, text }));
  for (const value of choices)
    add(value, wordOf(say, `${name}_${value}`.replaceAll("-", "_")).replace(`${name} `, ""));
  select.addEventListener("change", () => send(select.value), { signal });
  return {
    element: h(
      "label",
      { class: "kv-choice" },
      h("span", { class: "kv-label", text: label }),
      select,
    ),
    set: (value) => {
      const text = String(value); // arrays that were set from Python have a name
      if (![...select.options].some((each) => each.value === text)) add(text, text);
      select.value = text;
    },
  };
}

/** A slider over round numbers where there are bounds, and a field for any number. */
function numbers(option: OptionControl, send: Send, say: Say, signal: AbortSignal): Control {
  const { label, low, high, form, value: standard } = option;
  const whole = form === "whole";
  const field = h("input", {
    type: "number",
    class: "kv-number",
    min: low,
    max: high,
    step: whole ? 1 : "any",
    placeholder: typeof standard === "string" ? standard : say("why_auto"),
  });
  const places = low === null || high === null ? [] : rounds(low, high, whole, standard);
  const range = h("input", {
    type: "range",
    class: "kv-range",
    min: 0,
    max: places.length - 1,
    step: 1,
  });
  field.setAttribute("aria-label", label);
  range.setAttribute("aria-label", label);
  range.addEventListener("input", () => send(places[range.valueAsNumber]), { signal });
  const typed = () => send(field.value === "" ? null : field.valueAsNumber);
  field.addEventListener("change", typed, { signal });
  const entered = ({ key }: KeyboardEvent) => key === "Enter" && typed();
  field.addEventListener("keydown", entered, { signal });
  const name = h("span", { class: "kv-label", text: label });
  const set = (value: unknown) => {
    const number = typeof value === "number" ? value : null;
    field.value = number === null ? "" : String(number);
    if (typeof value === "string") field.placeholder = value;
    if (number === null || places.length === 0) return;
    const place = nearest(places, number);
    range.value = String(place);
    range.style.setProperty("--kv-filled", `${(place / Math.max(1, places.length - 1)) * 100}%`);
  };
  const slider = places.length > 0 && range;
  return { element: h("div", { class: "kv-choice kv-why-number" }, name, slider, field), set };
}

/** 1, 2, 5, 10 … between the ends, and the usual value. */
export function rounds(low: number, high: number, whole: boolean, usual: unknown): number[] {
  const found = new Set<number>([low, high]);
  if (typeof usual === "number") found.add(usual);
  const smallest = whole ? 1 : Math.max(low > 0 ? low : high / 1000, 1e-9);
  for (let power = 10 ** Math.floor(Math.log10(smallest)); power <= high; power *= 10) {
    for (const digit of [1, 2, 5]) {
      const value = Number((digit * power).toPrecision(3));
      if (value > low && value < high && (!whole || Number.isInteger(value))) found.add(value);
    }
  }
  return [...found].sort((a, b) => a - b);
}

function nearest(places: readonly number[], value: number): number {
  let best = 0;
  places.forEach((each, i) => {
    if (Math.abs(each - value) < Math.abs((places[best] ?? 0) - value)) best = i;
  });
  return best;
}
