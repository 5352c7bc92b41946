/** The two small buttons of every panel: the line of Python that gives these numbers, and the picture as a file. */

import { h } from "../dom";
import type { Say } from "../text";
import { savePicture } from "./picture";
import { iconButton, nameButton } from "./stepper";

const COPY = "M6 5.5h6.5v8H6zM4 10.5H3.5v-8H10V3";
const SAVE = "M8 2.5v7M5 7l3 3 3-3M3 12.5h10";
const SAID = 2500;

export interface Tools {
  element: HTMLElement;
  update(code: string, name: string, say: Say): void;
}

/** `root` is what the picture shows. */
export function tools(root: () => HTMLElement, signal: AbortSignal): Tools {
  const copy = iconButton(COPY);
  const save = iconButton(SAVE);
  const said = h("span", { class: "kv-told", role: "status" });
  const element = h("div", { class: "kv-tools" }, said, copy, save);
  let now: { code: string; name: string; say: Say } | null = null;
  let timer = 0;
  const tell = (text: string) => {
    said.textContent = text;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      said.textContent = "";
    }, SAID);
  };
  const copied = async () => {
    if (now) tell((await toClipboard(now.code)) ? now.say("copied") : now.code);
  };
  const saved = async () => {
    if (!now) return;
    const done = await savePicture(root(), now.name);
    tell(now.say(done ? "saved" : "not_saved"));
  };
  copy.addEventListener("click", () => void copied(), { signal });
  save.addEventListener("click", () => void saved(), { signal });
  signal.addEventListener("abort", () => window.clearTimeout(timer), { once: true });
  const update = (code: string, name: string, say: Say) => {
    now = { code, name, say };
    copy.hidden = code === "";
    nameButton(copy, say("copy_code", { code }));
    nameButton(save, say("save_picture"));
  };
  return { element, update };
}

/** False where the page may not write to the clipboard: the text is then shown to be copied by hand. */
export async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
