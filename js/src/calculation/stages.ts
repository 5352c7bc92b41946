/** The inner results of a number by name: gates, means, scores. Few of them are buttons, many a list. */
import { h } from "../dom";
import { formatNumber } from "../draw/format";
import { roving } from "../parts/roving";
import type { Calculation, StageName } from "../protocol.gen";
import type { Say } from "../text";
import type { Context } from "../views/view";
import { stageText } from "./names";

/** More than this are a list. */
const FEW = 8;

export interface Stages {
  element: HTMLElement;
  show(payload: Calculation, ctx: Context): void;
}

export function stages(open: (stage: string) => void, signal: AbortSignal): Stages {
  const chips = h("div", { class: "kv-stage-chips", role: "group" });
  const list = h("select", { class: "kv-select" });
  const label = h("span", { class: "kv-label" });
  const choice = h("label", { class: "kv-choice" }, label, list);
  const element = h("div", { class: "kv-stages" }, chips, choice);
  const stops = roving(chips, "button", signal);
  const click = (event: Event) => {
    const chip = (event.target as Element).closest<HTMLElement>("button");
    if (chip && chip.getAttribute("aria-pressed") !== "true") open(chip.dataset.stage ?? "");
  };
  chips.addEventListener("click", click, { signal });
  list.addEventListener("change", () => open(list.value), { signal });
  return {
    element,
    show(payload, { say }) {
      const { length } = payload.stages;
      element.hidden = length === 0;
      chips.hidden = length > FEW;
      choice.hidden = length <= FEW;
      if (length > FEW) fillList(list, payload, say);
      else fillChips(chips, payload, say);
      label.textContent = say("stages");
      chips.setAttribute("aria-label", say("stages"));
      stops.settle(chips.querySelector<HTMLElement>("[aria-pressed=true]"));
    },
  };
}

function fillList(list: HTMLSelectElement, payload: Calculation, say: Say): void {
  const options = payload.stages.map((each) =>
    h("option", { value: each.name, text: `${stageText(each.name, say)}: ${textOf(each)}` }),
  );
  list.replaceChildren(h("option", { value: "", text: say("whole_number") }), ...options);
  list.value = payload.stage;
}

function fillChips(chips: HTMLElement, payload: Calculation, say: Say): void {
  const all: (StageName | null)[] = [null, ...payload.stages];
  while (chips.children.length > all.length) chips.lastElementChild?.remove();
  while (chips.children.length < all.length) chips.append(chip());
  for (const [i, stage] of all.entries()) {
    const button = chips.children[i] as HTMLElement;
    const name = stage?.name ?? "";
    button.dataset.stage = name;
    button.setAttribute("aria-pressed", String(name === payload.stage));
    const [label, value] = [...button.children] as [HTMLElement, HTMLElement];
    label.textContent = stage ? stageText(name, say) : say("whole_number");
    value.textContent = stage ? textOf(stage) : "";
  }
}

function textOf({ computed, agrees }: StageName): string {
  const mark = { true: " ✓", false: " ✗", null: "" }[String(agrees) as "true"];
  return `${formatNumber(computed)}${mark}`;
}

function chip(): HTMLButtonElement {
  const value = h("span", { class: "kv-muted" });
  return h("button", { type: "button", class: "kv-stage-chip" }, h("span"), value);
}
