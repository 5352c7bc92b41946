/** An array of any rank: its last two axes as a heat map, the others at one place that can be moved. */
import { setText } from "../dom";
import { Stepper } from "../parts/stepper";
import type { LayerHead, TensorSlice } from "../protocol.gen";
import type { Answer } from "../rpc";
import { tensorOf } from "../tensor";
import { axisOf, type Matrix, matrixView } from "./matrix";
import { asKind, type Context, type Rendered, type View } from "./view";

interface Axes {
  names: string[];
  sizes: number[];
}

/** Of the slider through the slices. */
const SLICE_HEIGHT = 34;

export const tensor: View<TensorSlice> = {
  kind: "tensor",
  render(answer, ctx) {
    const view = matrixView(ctx);
    const slice = new Stepper((index) => ctx.emit({ type: "slice", index }), ctx.signal);
    slice.element.classList.add("kv-slice");
    view.frame.picture.prepend(slice.element);
    let shown = answer;
    const refresh = (now: Context) => {
      showSlice(slice, shown.payload, now);
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

/** The axes as pictures have them: the channel last, whatever the model's own order is. */
function axesOf({ axes, shape }: LayerHead): Axes {
  const order = axes.map((_, i) => i);
  order.sort((a, b) => Number(axes[a] === "channel") - Number(axes[b] === "channel"));
  return { names: order.map((i) => axes[i] ?? ""), sizes: order.map((i) => shape[i] ?? 1) };
}

/** A slider through the leading axes, flattened; it names where the slice is in each of them. */
function showSlice(slice: Stepper, { head, index }: TensorSlice, { say }: Context): void {
  const { names, sizes } = axesOf(head);
  const leading = sizes.slice(0, index.length);
  const total = leading.reduce((product, size) => product * size, 1);
  const flat = index.reduce((sum, place, i) => sum * (leading[i] ?? 1) + place, 0);
  slice.element.hidden = total <= 1;
  const label = index.length === 1 ? (names[0] ?? "") : say("slice");
  slice.name({ label, previous: say("previous_slice"), next: say("next_slice") });
  slice.set(flat, total);
  const places = index.map((place, i) => `${names[i]} ${place}`);
  slice.element.title = places.join(", ");
  if (index.length > 1) setText(slice.label, places.join(", "));
}

function matrixOf({ payload, tensors }: Answer<TensorSlice>, { say }: Context): Matrix {
  const picture = tensorOf(tensors, "map");
  const [rows = 1, columns = 1] = picture.shape;
  const { head, pooled } = payload;
  const [rowName, columnName] = [say("row"), ...axesOf(head).names].slice(-2);
  return {
    head,
    pooled,
    tensor: picture,
    rows: axisOf(rowName ?? "", rows, pooled),
    columns: axisOf(columnName ?? "", columns, pooled),
    above: SLICE_HEIGHT,
    unitColumns: head.num_units === columns * Math.round(Math.sqrt(pooled)),
  };
}
