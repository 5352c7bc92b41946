/** How the picture is looked at: between input and heat map, side by side, outlined, channels put together. */
import { h, setText } from "../dom";
import type { Attributed } from "../protocol.gen";
import type { Context } from "../views/view";
import { CHANNELS } from "./look";

export interface LookControls {
  element: HTMLElement;
  update(payload: Attributed, ctx: Context): void;
}

export function lookControls({ why, signal }: Context): LookControls {
  const from = h("span", { class: "kv-label" });
  const to = h("span", { class: "kv-label" });
  const mix = h("input", { type: "range", class: "kv-range", min: 0, max: 100, step: 1 });
  const beside = tick();
  const outline = tick();
  const channels = h("select", { class: "kv-select" });
  const channelsLabel = h("span", { class: "kv-label" });
  const channel = h("label", { class: "kv-choice" }, channelsLabel, channels);
  const slider = h("label", { class: "kv-why-mix" }, from, mix, to);
  mix.addEventListener("input", () => why?.change({ mix: mix.valueAsNumber / 100 }), { signal });
  const besideChanged = () => why?.change({ beside: beside.input.checked });
  const outlineChanged = () => why?.change({ outline: outline.input.checked });
  beside.input.addEventListener("change", besideChanged, { signal });
  outline.input.addEventListener("change", outlineChanged, { signal });
  channels.addEventListener("change", () => why?.change({ channels: channels.value }), { signal });
  const element = h(
    "div",
    { class: "kv-why-look" },
    slider,
    beside.element,
    outline.element,
    channel,
  );
  const update = (payload: Attributed, { say, why: look }: Context) => {
    if (!look) return;
    setText(from, say("input"));
    setText(to, say("why_heat"));
    mix.setAttribute("aria-label", say("why_mix"));
    mix.value = String(Math.round(look.mix * 100));
    mix.style.setProperty("--kv-filled", `${look.mix * 100}%`);
    setText(beside.text, say("why_beside"));
    setText(outline.text, say("why_outline"));
    outline.element.title = say("why_outline_why");
    beside.input.checked = look.beside;
    outline.input.checked = look.outline;
    mix.disabled = look.beside;
    const drawn = payload.pictures.filter(({ form }) => form === "image");
    slider.hidden = beside.element.hidden = !drawn.some(({ over }) => over);
    outline.element.hidden = drawn.length === 0;
    setText(channelsLabel, say("why_channels"));
    channels.title = say("why_channels_why");
    const options = CHANNELS.map((value) =>
      h("option", { value, text: say(`channels_${value.replace("-", "_")}` as "channels_sum") }),
    );
    channels.replaceChildren(...options);
    channels.value = look.channels;
    element.hidden = look.compact;
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
