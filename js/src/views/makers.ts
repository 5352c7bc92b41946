/** The panel where a person makes an input: one section for each input of the model. */
import { h } from "../dom";
import { Section } from "../own/section";
import type { Made } from "../own/sender";
import type { InputForm, Makers } from "../protocol.gen";
import { asKind, type Context, type View } from "./view";

export const makers: View<Makers> = {
  kind: "makers",
  render({ payload, tensors }, ctx) {
    const several = payload.inputs.length > 1;
    const make = (made: Made) => ctx.emit({ type: "own", made });
    const sections = payload.inputs.map(
      (form, place) =>
        new Section(
          { form, place, several, tensors, sample: payload.sample },
          ctx.say,
          make,
          ctx.signal,
        ),
    );
    const title = h("h3", { class: "kv-own-title", text: ctx.say("own") });
    const back = h("button", { type: "button", class: "kv-button", text: ctx.say("own_back") });
    back.addEventListener("click", () => ctx.emit({ type: "back" }), { signal: ctx.signal });
    const head = h(
      "header",
      { class: "kv-own-head" },
      title,
      several ? null : sections[0]?.about,
      back,
    );
    const element = h("div", { class: "kv-own" }, head, ...sections.map((each) => each.element));
    const show = ({ state }: Context) => {
      back.hidden = state.sample >= 0;
    };
    show(ctx);
    return {
      element,
      update(answer, now) {
        const found = asKind(answer, "makers");
        if (!found || !sameForms(sections, found.payload.inputs)) return false;
        sections.forEach((section, i) => {
          const form = found.payload.inputs[i];
          if (form) section.update(form, found.tensors, found.payload.sample);
        });
        show(now);
        return true;
      },
      refresh: show,
    };
  },
};

/** A sample of another size needs another pad. */
function sameForms(sections: readonly Section[], forms: readonly InputForm[]): boolean {
  const key = ({ name, shape, variable }: InputForm) =>
    `${name} ${variable ? "any" : shape.join()}`;
  return (
    sections.length === forms.length &&
    sections.every(({ form }, i) => {
      const other = forms[i];
      return other !== undefined && key(form) === key(other);
    })
  );
}
