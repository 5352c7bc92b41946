/** Rows of samples: each with what the unit looked at in it, the number it gave, and the label. */
import { h, setAttributes, setText, span } from "../dom";
import { formatNumber } from "../draw/format";
import { roving } from "../parts/roving";
import type { Excited, Thumbnail, UnitData } from "../protocol.gen";
import type { Answer } from "../rpc";
import { pictureOf } from "../samples/thumb";
import { tensorOf } from "../tensor";
import { type Context, lookOf } from "../views/view";
import { ROWS, type Row, rowTitle } from "./words";

const LARGE = 56;
const SMALL = 28;

export interface Tiles {
  element: HTMLElement;
  show(answer: Answer<UnitData>, ctx: Context): void;
}

export function tiles(ctx: Context): Tiles {
  const rows = ROWS.map((name) => row(name, ctx));
  return {
    element: h("div", { class: "kv-excited" }, ...rows.map(({ element }) => element)),
    show(answer, now) {
      for (const each of rows) each.show(answer, now);
    },
  };
}

function row(name: Row, ctx: Context) {
  const title = h("h4", { class: "kv-figure-title" });
  const list = h("div", { class: "kv-excited-row", role: "group" });
  const { settle } = roving(list, ".kv-excited-one", ctx.signal);
  let drawn = "";
  const element = h("div", {}, title, list);
  return {
    element,
    show(answer: Answer<UnitData>, now: Context) {
      const all = answer.payload[name];
      const { words, tie } = rowTitle(answer.payload, name, now.say);
      element.hidden = words === "";
      setText(title, words);
      if (tie) title.append(" ", span("kv-muted kv-data-marked", tie));
      list.setAttribute("aria-label", words);
      const key = `${lookOf(now)} ${answer.payload.unit} ${words} ${JSON.stringify(all)}`;
      if (key !== drawn) list.replaceChildren(...all.map((each) => one(each, answer, now)));
      drawn = key;
      const buttons = [...list.querySelectorAll<HTMLElement>(".kv-excited-one")];
      for (const [i, button] of buttons.entries())
        setAttributes(button, {
          "aria-current": all[i]?.item.sample === now.state.sample && "true",
        });
      settle(buttons.find((button) => button.hasAttribute("aria-current")) ?? null);
    },
  };
}

function one(found: Excited, answer: Answer<UnitData>, ctx: Context): HTMLElement {
  const { item, crop, value, words } = found;
  const picture = (small: Thumbnail, side: number) => {
    const { values } = tensorOf(answer.tensors, "pictures");
    const end = small.start + small.height * small.width * small.depth;
    return pictureOf(
      { item: small, levels: values.slice(small.start, end) as Uint8Array },
      ctx,
      side,
    );
  };
  const whole = framed(picture(item, crop ? SMALL : LARGE), found.box);
  const tile = h("span", { class: "kv-excited-tile" }, crop ? picture(crop, LARGE) : whole);
  if (crop) tile.append(whole);
  const label = item.label ?? "";
  const button = h(
    "button",
    { type: "button", class: "kv-excited-one", "data-sample": item.sample },
    tile,
    span("kv-excited-value", formatNumber(value)),
    label !== "" && span("kv-thumb-name kv-muted", label),
    words !== "" && span("kv-thumb-name kv-muted", words),
  );
  const told = [`${ctx.say("sample")} ${item.sample}`, item.text, formatNumber(value), words];
  if (label !== "") told.push(`${ctx.say("label")} ${label}`);
  const name = told.filter(Boolean).join(" · ");
  setAttributes(button, { "aria-label": name, title: name });
  const choose = () => ctx.emit({ type: "sample", sample: item.sample });
  button.addEventListener("click", choose, { signal: ctx.signal });
  return button;
}

/** The part that the unit can see is framed. */
function framed(picture: Element | null, box: readonly number[]): HTMLElement {
  const place = h("span", { class: "kv-excited-picture" }, picture);
  const [top = 0, left = 0, bottom = 1, right = 1] = box;
  if (box.length === 0) return place;
  const frame = h("span", { class: "kv-excited-frame" });
  const percent = (share: number) => `${share * 100}%`;
  frame.style.inset = [top, 1 - right, 1 - bottom, left].map(percent).join(" ");
  place.append(frame);
  return place;
}
