/** The dev page: the whole widget over a fake kernel. `?layer=lstm&theme=dark&fail=layer&latency=800…` */
import widget from "../src/index";
import { en } from "../src/texts/en";
import { zh } from "../src/texts/zh";
import { FakeModel, type KernelOptions } from "./fake/kernel";

const query = new URLSearchParams(location.search);
const theme = query.get("theme") ?? "light";
const number = (name: string, other: number) => Number(query.get(name) ?? other);

document.body.dataset.jpThemeLight = String(theme !== "dark");
document.body.classList.toggle("dark", theme === "dark");

const traits: Record<string, unknown> = {
  layer: query.get("layer") ?? "conv2d",
  sample: number("sample", 7),
  num_samples: number("samples", 60),
  unit: number("unit", 5),
  texts: query.get("language") === "zh" ? zh : en,
  closed: query.has("closed"),
  digest: {
    model_name: "digits_and_sequences",
    sample: 7,
    layers: Array.from({ length: 14 }, (_, i) => ({
      path: `conv2d_${i}`,
      kind: "Conv2D",
      shape: [null, 26, 26, 32],
    })),
    prediction: [
      { name: "7", value: 0.9812 },
      { name: "1", value: 0.0101 },
    ],
  },
};
const options: KernelOptions = {
  latency: number("latency", 5),
  fail: query.get("fail") ?? "",
  protocol: number("protocol", 1),
  silent: query.has("silent"),
  traits,
};

const model = new FakeModel(options);
const place = document.getElementById("place");
if (place) {
  place.style.width = query.get("width") ? `${query.get("width")}px` : "auto";
  if (query.has("gone")) place.classList.add("jupyter-widgets-disconnected");
  const cleanup = widget.render({ model: model as never, el: place });
  const second = () => {
    const el = place.parentElement?.appendChild(document.createElement("div"));
    return el && widget.render({ model: model as never, el });
  };
  Object.assign(window, { model, zh, cleanup, place, second });
}
