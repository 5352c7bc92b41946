/** The walk so far: links back, and at its end the name of the number that is shown. */
import { h } from "../dom";
import type { Context } from "../views/view";
import type { Stop } from "../walk";
import { indexText, nameOf, stageText } from "./names";

/** More stops than this are folded in the middle. */
const MOST = 6;
const LAST = 3;

export interface Crumbs {
  element: HTMLElement;
  /** `name` is what is shown now. */
  show(ctx: Context, name: HTMLElement): void;
}

export function crumbs(ctx: Context): Crumbs {
  const list = h("ol", { class: "kv-crumbs" });
  const element = h("nav", {}, list);
  const title = h("h3", { class: "kv-name", role: "status" });
  const end = h("li", { "aria-current": "location" }, title);
  let unfolded = false;
  let now = ctx;
  const draw = () => {
    const all = now.walk.stops.slice(0, -1);
    if (all.length < MOST) unfolded = false;
    list.replaceChildren(...all.flatMap((stop, at) => crumb(stop, at, all.length + 1)), end);
  };
  const crumb = (stop: Stop, at: number, count: number): HTMLElement[] => {
    const folded = !unfolded && count > MOST && at > 0 && at < count - LAST;
    if (folded) return at === 1 ? [fold()] : [];
    const back = link(labelOf(stop, now), () => now.emit({ type: "crumb", at }));
    return [h("li", {}, back)];
  };
  const fold = () => {
    const more = link("…", () => {
      unfolded = true;
      draw();
    });
    more.setAttribute("aria-label", now.say("whole_walk"));
    return h("li", {}, more);
  };
  const show = (context: Context, name: HTMLElement) => {
    now = context;
    element.setAttribute("aria-label", now.say("walk"));
    if (title.textContent !== name.textContent) title.replaceChildren(name);
    draw();
  };
  return { element, show };
}

function link(label: HTMLElement | string, act: () => void): HTMLButtonElement {
  const button = h("button", { type: "button", class: "kv-link" }, label);
  button.addEventListener("click", act);
  return button;
}

function labelOf(stop: Stop, { walk, say }: Context): HTMLElement {
  const place = walk.placeOf(stop);
  if (!stop.stage) return nameOf(stop.path, place);
  return h("span", { text: stageText(stop.stage, say), title: `${stop.path}${indexText(place)}` });
}
