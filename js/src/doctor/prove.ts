/** From a finding to what proves it: the layer, unit, sample and target it names, and the place where that is seen. */
import type { Proof } from "../protocol.gen";
import type { Shared } from "../store";

const PLACES: Record<Proof["panel"], string> = {
  layer: ".kv-panel-layer",
  unit: ".kv-panel-unit",
  weights: ".kv-panel-layer",
  prediction: ".kv-panel-prediction",
  overview: ".kv-panel-overview",
  sample: ".kv-top",
};

/** What it names; the rest stays as it is. */
export function patchOf({ layer, unit, sample, target }: Proof): Partial<Shared> {
  return {
    ...(layer !== "" && { layer, unit: unit ?? 0, place: null }),
    ...(sample !== null && { sample }),
    ...(target !== null && { target }),
  };
}

/** Brings its place into sight and puts the focus there, until something else is focused. */
export function goTo({ panel }: Proof, root: HTMLElement): void {
  const place = root.querySelector<HTMLElement>(PLACES[panel]);
  if (!place) return;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  place.tabIndex = -1;
  place.dataset.lmSuppressShortcuts = "true";
  place.addEventListener("blur", () => place.removeAttribute("tabindex"), { once: true });
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}
