/** Small controls that several makers share. */
import { h } from "../dom";
import { icon, nameButton } from "../parts/stepper";
import type { Say } from "../text";

export const PENCIL = "M3 13l.7-3L10.6 3.1a1 1 0 0 1 1.4 0l1 1a1 1 0 0 1 0 1.4L6 12.3zM9.5 4.5l2 2";
export const ERASER =
  "M9.5 3.2 13 6.7a1 1 0 0 1 0 1.4L8.2 13H5.4L3 10.6a1 1 0 0 1 0-1.4l5-6a1 1 0 0 1 1.5 0zM6 6l4.6 4.6M8 13h5.5";
export const UNDO = "M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H6";

/** The part of a slider up to its thumb, in the accent colour. */
export function showFilled(range: HTMLInputElement): void {
  const [low, high] = [Number(range.min), Number(range.max)];
  const share = high > low ? (range.valueAsNumber - low) / (high - low) : 0;
  range.style.setProperty("--kv-filled", `${(share * 100).toFixed(2)}%`);
}

export function textButton(
  text: string,
  onClick: () => void,
  signal: AbortSignal,
): HTMLButtonElement {
  const button = h("button", { type: "button", class: "kv-button", text });
  button.addEventListener("click", onClick, { signal });
  return button;
}

export function iconTool(
  path: string,
  name: string,
  onClick: () => void,
  signal: AbortSignal,
): HTMLButtonElement {
  const button = h("button", { type: "button", class: "kv-icon" }, icon(path));
  nameButton(button, name);
  button.addEventListener("click", onClick, { signal });
  return button;
}

/** Black for white and white for black. */
export function invertSwitch(
  say: Say,
  onChange: (on: boolean) => void,
  signal: AbortSignal,
): HTMLElement {
  const box = h("input", { type: "checkbox", role: "switch" });
  box.addEventListener("change", () => onChange(box.checked), { signal });
  return h("label", { class: "kv-own-switch" }, box, h("span", { text: say("own_invert") }));
}

export function labelled(text: string, control: HTMLElement): HTMLElement {
  return h("label", { class: "kv-own-row" }, h("span", { class: "kv-label", text }), control);
}
