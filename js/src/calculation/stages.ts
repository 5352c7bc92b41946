/** The inner results of a number by name: gates, means, scores. */
import { h } from "../dom";
import { formatNumber } from "../draw/format";
import { roving } from "../parts/roving";
import type { Calculation } from "../protocol.gen";
import { wordOf } from "../text";
import type { Context } from "../views/view";

export interface Stages {
  element: HTMLElement;
  show(payload: Calculation, ctx: Context): void;
}

export function stages(open: (stage: string) => void, signal: AbortSignal): Stages {
  const element = h("div", { class: "kv-stages", role: "group" });
  const stops = roving(element, "button", signal);
  const click = (event: Event) => {
    const chip = (event.target as Element).closest<HTMLElement>("button");
    if (chip && chip.getAttribute("aria-pressed") !== "true") open(chip.dataset.stage ?? "");
  };
  element.addEventListener("click", click, { signal });
  return {
    element,
    show(payload, { say }) {
      const names = ["", ...payload.stages.map(({ name }) => name)];
      element.hidden = names.length === 1;
      element.setAttribute("aria-label", say("stages"));
      while (element.children.length > names.length) element.lastElementChild?.remove();
      while (element.children.length < names.length) element.append(chip());
      for (const [i, name] of names.entries()) {
        const button = element.children[i] as HTMLElement;
        const { computed = null, agrees = null } = payload.stages[i - 1] ?? {};
        button.dataset.stage = name;
        button.setAttribute("aria-pressed", String(name === payload.stage));
        const mark = agrees === null ? "" : agrees ? " ✓" : " ✗";
        const [label, value] = [...button.children] as [HTMLElement, HTMLElement];
        label.textContent = name ? wordOf(say, name) : say("whole_number");
        value.textContent = name ? `${formatNumber(computed)}${mark}` : "";
      }
      stops.settle(element.querySelector<HTMLElement>("[aria-pressed=true]"));
    },
  };
}

function chip(): HTMLButtonElement {
  const name = h("span");
  const value = h("span", { class: "kv-muted" });
  return h("button", { type: "button", class: "kv-stage-chip" }, name, value);
}
