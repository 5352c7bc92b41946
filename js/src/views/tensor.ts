/** An array of any rank: its last two axes as a heat map, the others where their sliders stand. */
import type { LayerHead, TensorSlice } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { axisOf, type Matrix, matrixView } from "./matrix";
import { asKind, type Context, type Rendered, type View } from "./view";

export const tensor: View<TensorSlice> = {
  kind: "tensor",
  render(answer, ctx) {
    const view = matrixView(ctx);
    let shown = answer;
    const refresh = (now: Context) => view.show(matrixOf(shown, now), now);
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

/** The axes as pictures have them: the channel last, whatever the model's own order is. */
function namesOf({ axes }: LayerHead): string[] {
  const isChannel = (name: string) => Number(name === "channel");
  return [...axes].sort((a, b) => isChannel(a) - isChannel(b));
}

function matrixOf({ payload, tensors }: Answer<TensorSlice>, { say }: Context): Matrix {
  const picture = tensorOf(tensors, "map");
  const [rows = 1, columns = 1] = picture.shape;
  const { head, pooled, index } = payload;
  const [rowName, columnName] = [say("row"), ...namesOf(head)].slice(-2);
  return {
    head,
    pooled,
    tensor: picture,
    rows: axisOf(rowName ?? "", rows, pooled),
    columns: axisOf(columnName ?? "", columns, pooled),
    index,
    unitColumns: head.num_units === columns * Math.round(Math.sqrt(pooled)),
  };
}
