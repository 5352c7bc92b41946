/** An array of any rank: its last two axes as a heat map, the others at one index. */

import { h, setText } from "../dom";
import type { TensorSlice } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { axisOf, type Matrix, matrixView } from "./matrix";
import { asKind, type Context, type Rendered, type View } from "./view";

export const tensor: View<TensorSlice> = {
  kind: "tensor",
  render(answer, ctx) {
    const view = matrixView(ctx);
    const caption = h("p", { class: "kv-caption" });
    view.frame.picture.prepend(caption);
    let shown = answer;
    const refresh = (now: Context) => {
      const text = sliceOf(shown.payload);
      caption.hidden = text === "";
      setText(caption, now.say("index_at", { axes: text }));
      view.show(matrixOf(shown, now), now);
    };
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "tensor");
      if (found?.payload.head.path !== shown.payload.head.path) return false;
      shown = found;
      refresh(now);
      return true;
    };
    refresh(ctx);
    return { element: view.frame.element, update, refresh };
  },
};

/** "head 0, query 3": where the slice was taken. */
function sliceOf({ head, index }: TensorSlice): string {
  return index.map((place, i) => `${head.axes[i] ?? `axis ${i}`} ${place}`).join(", ");
}

function matrixOf({ payload, tensors }: Answer<TensorSlice>, { say }: Context): Matrix {
  const picture = tensorOf(tensors, "map");
  const [rows = 1, columns = 1] = picture.shape;
  const { head, pooled } = payload;
  const named = head.axes.length >= 2 ? head.axes.slice(-2) : [say("row"), ...head.axes].slice(-2);
  return {
    head,
    pooled,
    tensor: picture,
    rows: axisOf(named[0] ?? say("row"), rows, pooled),
    columns: axisOf(named[1] ?? say("column"), columns, pooled),
    unitColumns: head.num_units === columns * Math.round(Math.sqrt(pooled)),
  };
}
