/** The menu of methods: by family, each with how long it will take or why it does not fit. */
import { Combobox } from "../parts/combobox";
import type { Option } from "../parts/matching";
import type { MethodChoice } from "../protocol.gen";
import type { Say } from "../text";
import { about, byFamily, familyName, methodName } from "./names";

export class MethodMenu {
  readonly element: HTMLElement;
  #menu: Combobox;

  constructor(choose: (method: string) => void, signal: AbortSignal) {
    this.#menu = new Combobox(choose, signal);
    this.element = this.#menu.element;
    this.element.classList.add("kv-why-menu");
  }

  show(methods: readonly MethodChoice[], chosen: string, say: Say): void {
    this.#menu.name(say("why_method"), say);
    this.#menu.set(menuOptions(methods, chosen, say), chosen);
  }

  disable(reason: string): void {
    this.#menu.disable(reason);
  }
}

export function menuOptions(methods: readonly MethodChoice[], chosen: string, say: Say): Option[] {
  const none: Option = { value: "", text: say("why_none") };
  const known = methods.some(({ name }) => name === chosen);
  const alone = known || !chosen ? [] : [{ value: chosen, text: methodName(chosen) }];
  const all = byFamily(methods).map(({ name, family, seconds, refused }): Option => {
    const time = seconds === null ? "" : about(seconds);
    const option = { value: name, text: methodName(name), group: familyName(family, say) };
    return refused
      ? { ...option, detail: say("why_unfit"), off: refused }
      : { ...option, detail: time };
  });
  return [none, ...alone, ...all];
}
