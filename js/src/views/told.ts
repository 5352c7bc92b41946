/** A sample in words: each number says how it is computed, and opens what it is from. */
import { h, setText } from "../dom";
import { toClipboard, tools } from "../parts/tools";
import type { Piece, Told } from "../protocol.gen";
import { asKind, type Context, type Rendered, type View } from "./view";

export const told: View<Told> = {
  kind: "told",
  render(answer, ctx) {
    const text = h("p", { class: "kv-told-text" });
    const notes = h("div", { class: "kv-why-words" });
    const copy = h("button", { type: "button", class: "kv-button" });
    const aside = tools(() => text, ctx.signal);
    const foot = h("div", { class: "kv-told-foot" }, copy, aside.element);
    const element = h("div", { class: "kv-told-all" }, text, notes, foot);
    const copied = async () => {
      if (await toClipboard(text.textContent ?? "")) setText(copy, `${copy.textContent} ✓`);
    };
    copy.addEventListener("click", () => void copied(), { signal: ctx.signal });
    const show = ({ pieces, notes: reasons, changed, code, sample }: Told, { say }: Context) => {
      text.replaceChildren(...pieces.map(pieceOf));
      const remarks = changed ? [...reasons, say("why_changed")] : reasons;
      notes.replaceChildren(
        ...remarks.map((remark) => h("p", { class: "kv-why-note", text: remark })),
      );
      setText(copy, say("told_copy"));
      aside.update(code, `told ${sample}`, say);
    };
    let shown = answer.payload;
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "told");
      if (!found) return false;
      shown = found.payload;
      show(shown, now);
      return true;
    };
    show(shown, ctx);
    return { element, update, refresh: (now) => show(shown, now) };
  },
};

/** What is no number is plain text; a number that is from a unit or an attribution is a button that opens it. */
function pieceOf({ text, call, layer, unit, method }: Piece): Node {
  if (!call) return document.createTextNode(text);
  if (!layer && !method) return h("span", { class: "kv-told-number", title: call, text });
  const opens = layer ? { "data-layer": layer, "data-unit": unit } : { "data-method": method };
  return h("button", { type: "button", class: "kv-told-number", title: call, text, ...opens });
}
