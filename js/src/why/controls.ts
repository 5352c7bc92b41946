/** How the picture is looked at: between input and heat map, side by side, outlined, channels put together. */
import { h, setText } from "../dom";
import type { Attributed } from "../protocol.gen";
import { wordOf } from "../text";
import type { Context } from "../views/view";
import { CHANNELS } from "./look";

export interface LookControls {
  element: HTMLElement;
  update(payload: Attributed, ctx: Context): void;
}

export function lookControls(ctx: Context): LookControls {
  const parts = [mixing(ctx), besides(ctx), outlines(ctx), channelChoice(ctx), slices(ctx)];
  const element = h("div", { class: "kv-why-look" }, ...parts.map((part) => part.element));
  const update: LookControls["update"] = (payload, now) => {
    for (const part of parts) part.update(payload, now);
    element.hidden = now.why?.compact ?? true;
  };
  return { element, update };
}

function hasImage({ pictures }: Attributed, over: boolean): boolean {
  return pictures.some((each) => each.form === "image" && (!over || each.over !== ""));
}

function mixing({ why, signal }: Context): LookControls {
  const from = h("span", { class: "kv-label" });
  const to = h("span", { class: "kv-label" });
  const mix = h("input", { type: "range", class: "kv-range", min: 0, max: 100, step: 1 });
  mix.addEventListener("input", () => why?.change({ mix: mix.valueAsNumber / 100 }), { signal });
  const element = h("label", { class: "kv-why-mix" }, from, mix, to);
  const update: LookControls["update"] = (payload, { say, why: look }) => {
    setText(from, say("input"));
    setText(to, say("why_heat"));
    mix.setAttribute("aria-label", say("why_mix"));
    mix.value = String(Math.round((look?.mix ?? 0) * 100));
    mix.style.setProperty("--kv-filled", `${mix.value}%`);
    mix.disabled = look?.beside ?? false;
    element.hidden = !hasImage(payload, true);
  };
  return { element, update };
}

function besides({ why, signal }: Context): LookControls {
  const { element, input, text } = tick();
  input.addEventListener("change", () => why?.change({ beside: input.checked }), { signal });
  const update: LookControls["update"] = (payload, { say, why: look }) => {
    setText(text, say("why_beside"));
    input.checked = look?.beside ?? false;
    element.hidden = !hasImage(payload, true);
  };
  return { element, update };
}

function outlines({ why, signal }: Context): LookControls {
  const { element, input, text } = tick();
  input.addEventListener("change", () => why?.change({ outline: input.checked }), { signal });
  const update: LookControls["update"] = (payload, { say, why: look }) => {
    setText(text, say("why_outline"));
    element.title = say("why_outline_why");
    input.checked = look?.outline ?? false;
    element.hidden = !hasImage(payload, false);
  };
  return { element, update };
}

function channelChoice({ why, signal }: Context): LookControls {
  const select = h("select", { class: "kv-select" });
  const label = h("span", { class: "kv-label" });
  select.addEventListener("change", () => why?.change({ channels: select.value }), { signal });
  const element = h("label", { class: "kv-choice" }, label, select);
  const update: LookControls["update"] = ({ pictures }, { say, why: look }) => {
    element.hidden = !pictures.some(({ several }) => several);
    setText(label, say("why_channels"));
    select.title = say("why_channels_why");
    const options = CHANNELS.map((value) =>
      h("option", { value, text: say(`channels_${value.replace("-", "_")}` as "channels_sum") }),
    );
    select.replaceChildren(...options);
    select.value = look?.channels ?? "sum";
  };
  return { element, update };
}

/** Which slice of a volume or a film is drawn: a slider for each position that a picture has no room for. */
function slices({ why, signal }: Context): LookControls {
  const element = h("div", { class: "kv-why-slices" });
  const strongest = tick();
  const tell = () => why?.change({ index: strongest.input.checked ? [] : shown });
  strongest.input.addEventListener("change", tell, { signal });
  let shown: readonly number[] = [];
  let sliders: HTMLInputElement[] = [];
  const make = (lengths: readonly number[]) => {
    sliders = lengths.map((length) =>
      h("input", { type: "range", class: "kv-range", min: 0, max: length - 1, step: 1 }),
    );
    const chosen = () => why?.change({ index: sliders.map((slider) => slider.valueAsNumber) });
    for (const slider of sliders) slider.addEventListener("input", chosen, { signal });
    const parts = sliders.map((slider) =>
      h("label", { class: "kv-choice" }, h("span", { class: "kv-label" }), slider, h("output", {})),
    );
    element.replaceChildren(...parts, strongest.element);
  };
  const update: LookControls["update"] = ({ pictures }, { say, why: look }) => {
    const cut = pictures.find(({ lengths }) => lengths.length > 0);
    element.hidden = !cut;
    if (!cut) return;
    shown = look?.index.length ? look.index : cut.index; // what is asked for, not what came last
    const names = cut.axes.filter((axis) => axis !== "channel" && axis !== "unit");
    if (sliders.map(({ max }) => Number(max) + 1).join() !== cut.lengths.join()) make(cut.lengths);
    sliders.forEach((slider, i) => {
      const name = names[i] ?? "";
      const number = String(shown[i] ?? 0);
      slider.setAttribute("aria-label", wordOf(say, name));
      slider.value = number;
      slider.style.setProperty("--kv-filled", `${(100 * Number(number)) / Number(slider.max)}%`);
      setText(slider.previousElementSibling as HTMLElement, wordOf(say, name));
      setText(slider.nextElementSibling as HTMLElement, `${number} / ${slider.max}`);
    });
    setText(strongest.text, say("why_strongest"));
    strongest.input.checked = (look?.index.length ?? 0) === 0;
  };
  return { element, update };
}

interface Tick {
  element: HTMLElement;
  input: HTMLInputElement;
  text: HTMLElement;
}

export function tick(): Tick {
  const input = h("input", { type: "checkbox" });
  const text = h("span", {});
  return { element: h("label", { class: "kv-why-tick" }, input, text), input, text };
}
