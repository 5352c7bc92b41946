/** Time down, units across: recurrent layers, 1-D convolutions, embeddings. */
import type { TimeUnits } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { axisOf, type Matrix, matrixView } from "./matrix";
import { asKind, type Context, type Rendered, type View } from "./view";

export const timeUnits: View<TimeUnits> = {
  kind: "time_units",
  render(answer, ctx) {
    const view = matrixView(ctx);
    let shown = answer;
    const refresh = (now: Context) => view.show(matrixOf(shown, now), now);
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "time_units");
      if (found?.payload.head.path !== shown.payload.head.path) return false;
      shown = found;
      refresh(now);
      return true;
    };
    refresh(ctx);
    return { element: view.frame.element, update, refresh };
  },
};

function matrixOf({ payload, tensors }: Answer<TimeUnits>, { say }: Context): Matrix {
  const tensor = tensorOf(tensors, "map");
  const [times = 1, count = 1] = tensor.shape;
  const { head, pooled, start } = payload;
  return {
    head,
    pooled,
    tensor,
    rows: axisOf(say("step"), times, pooled),
    columns: axisOf(say("unit").toLowerCase(), count, pooled, start),
    unitColumns: true,
    index: [],
  };
}
