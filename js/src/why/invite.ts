/** Nothing is chosen yet: what one might begin with. */
import { h } from "../dom";
import type { MethodChoice } from "../protocol.gen";
import type { Say } from "../text";
import { methodName } from "./names";

/** One of each of the great families. */
const INVITED = ["integrated-gradients", "grad-cam", "occlusion", "smoothgrad"];

export function invitation(
  methods: readonly MethodChoice[],
  say: Say,
  choose: (method: string) => void,
): HTMLElement[] {
  const fits = (name: string) => !methods.find((each) => each.name === name)?.refused;
  const buttons = INVITED.filter(fits).map((name) => {
    const button = h("button", { type: "button", class: "kv-button", text: methodName(name) });
    button.addEventListener("click", () => choose(name));
    return button;
  });
  return [
    h("p", { class: "kv-why-question", text: say("why_invite") }),
    h("p", { class: "kv-muted", text: say("why_invite_more") }),
    h("div", { class: "kv-why-invited" }, ...buttons),
  ];
}
