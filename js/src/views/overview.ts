/** The list of layers with a mosaic of each one's activations. */
import type { Overview } from "../protocol.gen";
import { graphView } from "./graph";
import type { View } from "./view";

export const overview: View<Overview> = {
  kind: "overview",
  render(answer, ctx) {
    const strip = graphView(ctx.network ?? { kind: "network", model_name: "", cards: [] }, ctx);
    strip.update(answer, ctx);
    return strip;
  },
};
