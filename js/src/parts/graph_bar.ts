/** The row above the network: search on the left, zoom and folding on the right. */
import { h, setText } from "../dom";
import type { Say } from "../text";
import { iconButton, nameButton } from "./stepper";

const ICONS = {
  zoom_out: "M3 8h10",
  zoom_in: "M8 3v10M3 8h10",
  fit: "M2.5 6v-3.5h3.5M10 2.5h3.5v3.5M13.5 10v3.5h-3.5M6 13.5h-3.5v-3.5",
  fold_all: "M3 3.5h10v9h-10zM8 3.5v9",
} as const;

export type BarAction = keyof typeof ICONS;

export interface BarEvents {
  act(action: BarAction): void;
  search(text: string): void;
  next(direction: 1 | -1): void;
}

export interface GraphBar {
  element: HTMLElement;
  found(at: number, count: number, say: Say): void;
}

export function graphBar(
  events: BarEvents,
  foldable: boolean,
  say: Say,
  signal: AbortSignal,
): GraphBar {
  const name = say("search");
  const input = h("input", {
    type: "search",
    class: "kv-search",
    placeholder: name,
    "aria-label": name,
  });
  const result = h("output", { class: "kv-label" });
  const element = h(
    "div",
    { class: "kv-graph-bar" },
    input,
    result,
    h("span", { class: "kv-push" }),
  );
  for (const action of Object.keys(ICONS) as BarAction[]) {
    if (action === "fold_all" && !foldable) continue;
    const button = iconButton(ICONS[action]);
    nameButton(button, say(action));
    button.addEventListener("click", () => events.act(action), { signal });
    element.append(button);
  }
  input.addEventListener("input", () => events.search(input.value), { signal });
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Enter") events.next(event.shiftKey ? -1 : 1);
    if (event.key !== "Escape" || !input.value) return;
    input.value = "";
    events.search("");
  };
  input.addEventListener("keydown", key, { signal });
  const found: GraphBar["found"] = (at, count, speak) => {
    const none = input.value ? speak("no_match") : "";
    setText(result, count ? speak("matches", { at: at + 1, count }) : none);
  };
  return { element, found };
}
