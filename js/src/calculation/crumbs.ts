/** The walk so far, as links back. */
import { h } from "../dom";
import { wordOf } from "../text";
import type { Context } from "../views/view";
import type { Stop } from "../walk";
import { indexText, nameOf } from "./names";

/** More stops than this are folded in the middle. */
const MOST = 6;
const LAST = 3;

export interface Crumbs {
  element: HTMLElement;
  show(ctx: Context): void;
}

export function crumbs(ctx: Context): Crumbs {
  const list = h("ol", { class: "kv-crumbs" });
  const element = h("nav", {}, list);
  let unfolded = false;
  let now = ctx;
  const show = (context: Context) => {
    now = context;
    const { walk, say } = now;
    if (walk.stops.length <= MOST) unfolded = false;
    element.setAttribute("aria-label", say("walk"));
    list.replaceChildren(...walk.stops.flatMap((stop, at, all) => crumb(stop, at, all.length)));
  };
  const crumb = (stop: Stop, at: number, count: number): HTMLElement[] => {
    const folded = !unfolded && count > MOST && at > 0 && at < count - LAST;
    if (folded) return at === 1 ? [fold()] : [];
    const last = at === count - 1;
    const label = labelOf(stop, now);
    if (last) return [h("li", { "aria-current": "location" }, label)];
    const back = button(label);
    back.addEventListener("click", () => now.emit({ type: "crumb", at }));
    return [h("li", {}, back)];
  };
  const fold = () => {
    const more = button("…");
    more.setAttribute("aria-label", now.say("whole_walk"));
    more.addEventListener("click", () => {
      unfolded = true;
      show(now);
    });
    return h("li", {}, more);
  };
  return { element, show };
}

function button(label: HTMLElement | string): HTMLButtonElement {
  return h("button", { type: "button", class: "kv-link" }, label);
}

function labelOf(stop: Stop, { walk, say }: Context): HTMLElement {
  const place = walk.placeOf(stop);
  if (!stop.stage) return nameOf(stop.path, place);
  const title = `${stop.path}${indexText(place)}`;
  return h("span", { text: wordOf(say, stop.stage), title });
}
