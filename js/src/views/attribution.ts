/** An attribution: its pictures, and beside them all that has to be known to read them. */
import { h, setText } from "../dom";
import { type Legend, legend } from "../parts/legend";
import { tools } from "../parts/tools";
import type { Attributed, Evidence } from "../protocol.gen";
import type { Answer } from "../rpc";
import { bars } from "../why/bars";
import { lookControls } from "../why/controls";
import { facts } from "../why/facts";
import { type Draw, type Drawing, domainOf, subjectName } from "../why/figure";
import { image } from "../why/image";
import { series } from "../why/series";
import { tokens } from "../why/tokens";
import { asKind, type Context, type Rendered, type View } from "./view";

const FORMS: Record<Evidence["form"], Draw> = { image, series, bars, tokens };

interface Placed {
  element: HTMLElement;
  show(answer: Answer<Attributed>, ctx: Context): void;
}

export const attribution: View<Attributed> = {
  kind: "attribution",
  render(answer, ctx) {
    const page = layoutOf(answer, ctx);
    let shown = answer;
    const refresh = (now: Context) => page.show(shown, now);
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "attribution");
      if (!found || structureOf(found) !== structureOf(shown)) return false;
      shown = found;
      refresh(now);
      return true;
    };
    refresh(ctx);
    return { element: page.element, update, refresh };
  },
};

/** The pictures to the left, all about them to the right; in a comparison the pictures alone. */
function layoutOf({ payload: { pictures } }: Answer<Attributed>, ctx: Context): Placed {
  const readout = h("output", { class: "kv-readout kv-why-readout" });
  const read = (text: string | null) => {
    setText(readout, text ?? ctx.say("why_hint"));
    readout.classList.toggle("kv-hint", text === null);
  };
  read(null);
  const look = lookControls(ctx);
  const about = facts();
  const placed = pictures.map((each, i) => placeOf(each, i, ctx, read));
  const drawn = h("div", { class: "kv-why-pictures" }, ...placed.map(({ element }) => element));
  const left = h("div", { class: "kv-why-left" }, look.element, drawn, readout);
  const aside = tools(() => left, ctx.signal);
  const right = h("div", { class: "kv-why-right" }, aside.element, about.element);
  const element = h("div", { class: "kv-why-answer" }, left, right);
  element.classList.toggle("kv-why-compact", ctx.why?.compact ?? false);
  element.classList.toggle(
    "kv-why-tight",
    pictures.every(({ form }) => form === "image"),
  );
  right.hidden = ctx.why?.compact ?? false;
  readout.hidden = right.hidden || pictures.every(({ form }) => form === "bars");
  const show: Placed["show"] = (answer, now) => {
    const { payload } = answer;
    for (const each of placed) each.show(answer, now);
    look.update(payload, now);
    about.update(payload, now);
    element.dataset.method = payload.method;
    element.dataset.done = `${payload.done}/${payload.total}`;
    aside.update(payload.code, `${payload.method} ${payload.sample}`, now.say);
  };
  return { element, show };
}

/** Pictures of the same forms are drawn in place. */
function structureOf({ payload }: Answer<Attributed>): string {
  return JSON.stringify(payload.pictures.map(({ form }) => form));
}

function placeOf(
  evidence: Evidence,
  place: number,
  ctx: Context,
  read: (text: string | null) => void,
): Placed {
  const drawing: Drawing = FORMS[evidence.form](ctx, read);
  const title = h("span", { class: "kv-figure-title" });
  const note = h("span", { class: "kv-muted" });
  const scale: Legend = legend();
  const head = h("figcaption", { class: "kv-why-caption" }, title, scale.element, note);
  const element = h(
    "figure",
    { class: `kv-why-figure kv-why-${evidence.form}` },
    head,
    drawing.element,
  );
  return {
    element,
    show({ payload, tensors }, now) {
      const picture = payload.pictures[place];
      if (!picture) return;
      const several = payload.pictures.length > 1;
      setText(title, several ? subjectName(picture, now.say) : "");
      setText(note, remarks(picture, now));
      title.hidden = !several;
      note.hidden = now.why?.compact ?? false;
      scale.update(domainOf(picture, now), picture.pooled, now);
      drawing.show({ evidence: picture, place, tensors }, now);
    },
  };
}

function remarks({ stretched, index, left_out }: Evidence, { say }: Context): string {
  const parts = [];
  if (stretched.length > 0) parts.push(say("why_stretched", { shape: stretched.join(" × ") }));
  if (index.length > 0) parts.push(say("why_slice", { index: index.join(", ") }));
  if (left_out > 0) parts.push(say("why_left_out", { count: left_out }));
  return parts.join(" · ");
}
