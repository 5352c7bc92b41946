/** What the model says of the sample, beside the sample itself. */

import { h, setText } from "../dom";
import { paint } from "../draw/canvas";
import { formatCount, formatNumber, formatPercent, formatShape } from "../draw/format";
import { colorImage, fitSize } from "../draw/pixels";
import { tools } from "../parts/tools";
import type { ClassScore, Prediction } from "../protocol.gen";
import type { Answer } from "../rpc";
import { asKind, type Context, type Rendered, type View } from "./view";

const INPUT_BOX = 104;
/** Rows shown: the screen should not grow with the number of classes. */
const ROWS = 5;

interface Row {
  element: HTMLElement;
  name: HTMLElement;
  bar: HTMLElement;
  value: HTMLElement;
}

export const prediction: View<Prediction> = {
  kind: "prediction",
  render(answer, ctx) {
    const canvas = h("canvas", { class: "kv-canvas", role: "img" });
    const figure = h("figure", { class: "kv-input" }, canvas);
    const headline = h("div", { class: "kv-headline" });
    const rows = h("div", { class: "kv-scores", role: "list" });
    const note = h("div", { class: "kv-note" });
    const text = h("p", { class: "kv-reads" });
    const said = h("div", { class: "kv-answer" }, text, headline, rows, note);
    const aside = tools(() => element, ctx.signal);
    const element = h("div", { class: "kv-prediction" }, figure, said, aside.element);
    let shown: Answer<Prediction> = answer;
    const refresh = (now: Context) => {
      aside.update("w.prediction.outputs", now.say("prediction"), now.say);
      showInput(figure, canvas, shown, now);
      showText(text, shown.payload.text);
      headline.replaceChildren(...headlineOf(shown.payload, now));
      showScores(rows, shown.payload, now.say);
      setText(note, noteOf(shown.payload, now));
    };
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "prediction");
      if (found) shown = found;
      refresh(now);
      return found !== null;
    };
    refresh(ctx);
    return { element, update, refresh };
  },
};

function showInput(
  figure: HTMLElement,
  canvas: HTMLCanvasElement,
  { payload, tensors }: Answer<Prediction>,
  { say }: Context,
): void {
  const tensor = tensors.get("input");
  figure.hidden = tensor === undefined;
  if (!tensor) return;
  const [rows = 0, columns = 0, channels = 1] = tensor.shape;
  paint(canvas, rows, columns, colorImage(tensor.values, channels));
  const [width, height] = fitSize(rows, columns, INPUT_BOX);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.classList.toggle("kv-smooth", Math.max(rows, columns) > INPUT_BOX);
  const shape = formatShape(tensor.shape);
  const alt = payload.sample < 0 ? "own_alt" : "input_alt";
  canvas.setAttribute("aria-label", say(alt, { sample: payload.sample, shape }));
  const range = payload.input_domain;
  canvas.title = range
    ? `${shape}, ${formatNumber(range.low)} … ${formatNumber(range.high)}`
    : shape;
}

/** As it is written, as far as there is room; all of it where one points. */
function showText(element: HTMLElement, text: string): void {
  element.hidden = text === "";
  element.title = text;
  setText(element, text);
}

function headlineOf(payload: Prediction, { say }: Context): HTMLElement[] {
  const first = payload.scores[0];
  const out: HTMLElement[] = [];
  if (first && payload.quantity !== "value") {
    const answer = h("strong", { text: first.name });
    out.push(h("span", {}, `${say("predicted")} `, answer, verdict(payload, say)));
  }
  if (payload.label !== null) {
    out.push(h("span", {}, `${say("label")} `, h("strong", { text: payload.label })));
  }
  return out;
}

function verdict({ correct }: Prediction, say: Context["say"]): HTMLElement | null {
  if (correct === null) return null;
  const text = say(correct ? "correct" : "wrong");
  return h("span", {
    class: correct ? "kv-right" : "kv-wrong",
    text: correct ? " ✓" : " ✗",
    role: "img",
    "aria-label": text,
    title: text,
  });
}

function showScores(list: HTMLElement, payload: Prediction, say: Context["say"]): void {
  const { quantity, label, target } = payload;
  const scores = rowsOf(payload).rows;
  while (list.children.length > scores.length) list.lastElementChild?.remove();
  const place = placer(scores, quantity);
  scores.forEach((score, i) => {
    const row = rowOf(list, i);
    const nameless = quantity === "value" && scores.length === 1 && score.name === "0";
    setText(row.name, nameless ? say("predicted") : score.name);
    setText(row.value, scoreText(score, quantity));
    Object.assign(row.bar.style, place(score.value ?? 0));
    row.bar.classList.toggle("kv-negative", (score.value ?? 0) < 0);
    row.element.classList.toggle("kv-first", i === 0);
    row.element.classList.toggle("kv-lone", quantity === "value" && scores.length === 1);
    row.element.classList.toggle("kv-true", label !== null && score.name === label);
    const chosen = score.index === target;
    row.element.classList.toggle("kv-aimed", chosen);
    row.name.title = chosen ? `${score.name} (${say("target_chosen")})` : score.name;
  });
}

/** The largest outputs; the chosen target takes the last row where it is not among them. */
function rowsOf({ scores, target_score }: Prediction): { rows: ClassScore[]; largest: number } {
  const rows = scores.slice(0, ROWS);
  if (!target_score || rows.some(({ index }) => index === target_score.index))
    return { rows, largest: rows.length };
  const largest = rows.slice(0, ROWS - 1);
  return { rows: [...largest, target_score], largest: largest.length };
}

/** Where a bar lies on its track: from the zero line, which is at the left unless values are negative. */
function placer(scores: readonly ClassScore[], quantity: string) {
  const values = scores.map(({ value }) => value ?? 0);
  const low = quantity === "probability" ? 0 : Math.min(0, ...values);
  const high = quantity === "probability" ? 1 : Math.max(0, ...values);
  const span = high - low || 1;
  return (value: number) => {
    const [from, to] = value < 0 ? [value, 0] : [0, value];
    return { left: `${((from - low) / span) * 100}%`, width: `${((to - from) / span) * 100}%` };
  };
}

function scoreText({ value }: ClassScore, quantity: string): string {
  if (value === null) return "NaN";
  return quantity === "probability" ? formatPercent(value) : formatNumber(value);
}

function rowOf(list: HTMLElement, i: number): Row {
  const existing = list.children[i];
  const element =
    existing instanceof HTMLElement
      ? existing
      : h(
          "div",
          { class: "kv-score", role: "listitem" },
          h("span", { class: "kv-score-name" }),
          h("span", { class: "kv-score-track" }, h("span", { class: "kv-score-bar" })),
          h("span", { class: "kv-score-value" }),
        );
  if (!existing) list.append(element);
  const part = (name: string) => element.querySelector<HTMLElement>(`.kv-score-${name}`) ?? element;
  return { element, name: part("name"), bar: part("bar"), value: part("value") };
}

/** Where the largest differ by next to nothing, which of them comes first says nothing. */
function alike(rows: readonly ClassScore[]): boolean {
  const values = rows.map(({ value }) => value ?? Number.NaN);
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  return values.length > 1 && Math.abs(first - last) <= 1e-3 * Math.abs(first);
}

function noteOf(payload: Prediction, { say }: Context): string {
  const parts: string[] = [];
  const { rows, largest } = rowsOf(payload);
  if (payload.total > rows.length) {
    const key = rows.length > largest ? "outputs_and_target" : "outputs_shown";
    parts.push(say(key, { shown: largest, total: formatCount(payload.total) }));
  }
  if (alike(rows)) parts.push(say("outputs_alike"));
  if (payload.quantity === "logit") parts.push(say("logit"));
  if (payload.input_note) parts.push(payload.input_note);
  return parts.join(" · ");
}
