/** How the picture is looked at: between input and heat map, side by side, outlined, channels put together. */
import { h, setText } from "../dom";
import type { Attributed } from "../protocol.gen";
import type { Context } from "../views/view";
import { CHANNELS } from "./look";

export interface LookControls {
  element: HTMLElement;
  update(payload: Attributed, ctx: Context): void;
}

export function lookControls(ctx: Context): LookControls {
  const parts = [mixing(ctx), besides(ctx), outlines(ctx), channelChoice(ctx)];
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
