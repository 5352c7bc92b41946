/** The list of layers with a mosaic of each one's activations. */
import type { Network, Overview } from "../protocol.gen";
import { graphView } from "./graph";
import type { View } from "./view";

const NONE: Network = { kind: "network", model_name: "", cards: [], inputs_made: false };

export const overview: View<Overview> = {
  kind: "overview",
  render(answer, ctx) {
    const strip = graphView(ctx.network ?? NONE, ctx);
    strip.update(answer, ctx);
    return strip;
  },
};
