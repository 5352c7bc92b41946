/** Making elements. Text reaches the page through `textContent` only. */

type Child = Node | string | null | undefined | false;

export interface Attributes {
  class?: string;
  text?: string;
  [attribute: string]: string | number | boolean | null | undefined;
}

/** `h("button", {class: "kv-x", type: "button"}, "Go")`; null, false and undefined are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (CONTROLS.has(tag)) element.dataset.lmSuppressShortcuts = "true";
  setAttributes(element, attributes);
  appendAll(element, children);
  return element;
}

/**
 * JupyterLab takes arrow keys and letters as commands of the notebook unless the focused element
 * itself says no: an ancestor's word does not count where the selector names `:focus`.
 */
const CONTROLS = new Set<string>(["button", "input", "select", "textarea", "summary", "pre"]);

const SVG = "http://www.w3.org/2000/svg";

/** The same for SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  appendAll(element, children);
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = String(value ?? "");
    else if (value === null || value === undefined || value === false)
      element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

function appendAll(element: Element, children: Child[]): void {
  for (const child of children) if (child) element.append(child);
}

/** Sets text only where it differs, so that nothing is laid out again for nothing. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Replaces what an element holds where it differs; for what has no listeners. */
export function renew(element: Element, children: readonly Node[]): void {
  const held = element.childNodes;
  const same = held.length === children.length;
  if (same && children.every((child, i) => child.isEqualNode(held[i] ?? null))) return;
  element.replaceChildren(...children);
}

/** A span of muted or otherwise styled text. */
export function span(className: string, text: string): HTMLSpanElement {
  return h("span", { class: className, text });
}
