/** What can be chosen about a layer's picture: its aspects as tabs, then lists and sliders. */

import { h, setText } from "../dom";
import type { Control, LayerHead } from "../protocol.gen";
import { type Say, wordOf } from "../text";
import type { Context } from "../views/view";
import { roving } from "./roving";
import { Stepper } from "./stepper";

/** The unit is chosen in its own panel. */
const UNIT = "unit";

export interface ControlBar {
  element: HTMLElement;
  update(head: LayerHead, ctx: Context): void;
}

interface Shown {
  element: HTMLElement;
  set(control: Control): void;
}

export function controlBar(ctx: Context): ControlBar {
  const tabs = h("div", { class: "kv-tabs", role: "group" });
  const others = h("div", { class: "kv-choices" });
  const element = h("div", { class: "kv-controls" }, tabs, others);
  const stops = roving(tabs, ".kv-tab", ctx.signal);
  let shown = new Map<string, Shown>();
  let made = "";
  const update = (head: LayerHead, now: Context) => {
    const structure = keyOf(head, now.say);
    if (structure !== made) {
      made = structure;
      const own = head.controls.filter(({ name }) => name !== UNIT);
      shown = new Map(own.map((each) => [each.name, controlOf(each, now)]));
      tabs.replaceChildren(...tabsOf(head, now));
      tabs.setAttribute("aria-label", now.say("aspect"));
      others.replaceChildren(...[...shown.values()].map((each) => each.element));
    }
    for (const tab of tabs.children) press(tab, (tab as HTMLElement).dataset.aspect ?? "", head);
    stops.settle(tabs.querySelector<HTMLElement>("[aria-pressed=true]"));
    for (const each of head.controls) shown.get(each.name)?.set(each);
    element.hidden = tabs.childElementCount + others.childElementCount === 0;
  };
  return { element, update };
}

/** As long as this is the same, the elements stay, and with them the focus. */
function keyOf({ aspects, controls }: LayerHead, say: Say): string {
  const parts = controls.map(({ name, form, values, count }) => [name, form, values, count]);
  return JSON.stringify([aspects, parts, say("aspect")]);
}

function tabsOf({ aspects }: LayerHead, { say, emit, signal }: Context): HTMLElement[] {
  if (aspects.length < 2) return [];
  return aspects.map((aspect) => {
    const text = wordOf(say, aspect);
    const tab = h("button", { type: "button", class: "kv-tab", "data-aspect": aspect, text });
    const choose = () => emit({ type: "option", name: "aspect", value: aspect });
    tab.addEventListener("click", choose, { signal });
    return tab;
  });
}

function press(tab: Element, aspect: string, head: LayerHead): void {
  tab.setAttribute("aria-pressed", String(aspect === head.aspect));
}

function controlOf(control: Control, ctx: Context): Shown {
  return control.form === "slider" ? slider(control, ctx) : list(control, ctx);
}

function list({ name, values }: Control, { say, emit, signal }: Context): Shown {
  const select = h("select", { class: "kv-select", "aria-label": wordOf(say, name) });
  for (const value of values) select.append(h("option", { value, text: wordOf(say, value) }));
  const choose = () => emit({ type: "option", name, value: select.value });
  select.addEventListener("change", choose, { signal });
  const label = h("span", { class: "kv-label", text: wordOf(say, name) });
  return {
    element: h("label", { class: "kv-choice" }, label, select),
    set: ({ chosen }) => {
      select.selectedIndex = chosen;
    },
  };
}

function slider({ name }: Control, { say, emit, signal }: Context): Shown {
  const stepper = new Stepper((value) => emit({ type: "option", name, value }), signal);
  const label = wordOf(say, name);
  const values = { label, previous: say("previous_slice"), next: say("next_slice") };
  stepper.element.classList.add("kv-slider");
  stepper.name(values);
  setText(stepper.label, label);
  return { element: stepper.element, set: ({ chosen, count }) => stepper.set(chosen, count) };
}
