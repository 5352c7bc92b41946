/** The list of layers before anything was computed: cards without mosaics. */
import type { Network } from "../protocol.gen";
import { graphView } from "./graph";
import type { View } from "./view";

export const network: View<Network> = {
  kind: "network",
  render: (answer, ctx) => graphView(answer.payload, ctx),
};
