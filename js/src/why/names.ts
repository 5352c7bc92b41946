/** What methods and times are called on the screen. */
import { formatNumber } from "../draw/format";
import type { MethodChoice } from "../protocol.gen";
import type { Say } from "../text";

/** Names that are not their Python name with a capital and spaces. */
const NAMES: Record<string, string> = {
  "gradient-x-input": "Gradient × input",
  smoothgrad: "SmoothGrad",
  "smoothgrad-squared": "SmoothGrad²",
  vargrad: "VarGrad",
  "guided-backprop": "Guided backpropagation",
  deconvnet: "DeconvNet",
  "grad-cam": "Grad-CAM",
  "grad-cam-plus-plus": "Grad-CAM++",
  "hires-cam": "HiResCAM",
  "layer-cam": "LayerCAM",
  "score-cam": "Score-CAM",
  "eigen-cam": "Eigen-CAM",
  "guided-grad-cam": "Guided Grad-CAM",
  rise: "RISE",
  lime: "LIME",
  "kernel-shap": "KernelSHAP",
  lrp: "LRP",
  "deep-lift": "DeepLIFT",
  "gradient-x-activation": "Gradient × activation",
  "attention-x-gradient": "Attention × gradient",
};

export const FAMILIES = ["gradients", "maps", "perturbation", "relevance", "layer", "attention"];

export function methodName(name: string): string {
  const words = name.replaceAll("-", " ");
  return NAMES[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** A family as the menu calls it; one of another package as it calls itself. */
export function familyName(family: string, say: Say): string {
  return FAMILIES.includes(family) ? say(`family_${family}` as "family_maps") : family;
}

/** How long it will take, as far as one knows: ≈ 0.4 s. */
export function about(seconds: number): string {
  const text = formatSeconds(seconds);
  return text.startsWith("<") ? text : `≈ ${text}`;
}

/** Options that change how many model runs there are, and not in proportion. */
const COSTLY = ["window", "stride", "groups", "max_channels"];

/** The estimate for these options; null where that cannot be said. */
export function secondsOf(
  { seconds, options }: MethodChoice,
  chosen: Readonly<Record<string, unknown>>,
): number | null {
  if (seconds === null || COSTLY.some((name) => name in chosen)) return null;
  const counted = options.find(({ name }) => name === "num_samples" || name === "num_steps");
  const [usual, wanted] = [counted?.value, chosen[counted?.name ?? ""]];
  const known = typeof usual === "number" && typeof wanted === "number" && usual > 0;
  return known ? (seconds * wanted) / usual : seconds;
}

/** 0.4 s, 12 s, 3 min. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.05) return "< 0.1 s";
  if (seconds < 10) return `${formatNumber(Number(seconds.toFixed(1)))} s`;
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

export function byFamily(methods: readonly MethodChoice[]): MethodChoice[] {
  const place = ({ family }: MethodChoice) => {
    const at = FAMILIES.indexOf(family);
    return at < 0 ? FAMILIES.length : at;
  };
  return [...methods].sort((a, b) => place(a) - place(b));
}
