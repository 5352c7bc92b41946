/** One line per view. Unknown kinds are answered by the panel, with a sentence. */
import type { Payload } from "../protocol.gen";
import { attribution } from "./attribution";
import { calculation } from "./calculation";
import { data } from "./data";
import { empty } from "./empty";
import { evaluation } from "./evaluation";
import { featureMaps } from "./feature_maps";
import { feeds } from "./feeds";
import { findings } from "./findings";
import { makers } from "./makers";
import { network } from "./network";
import { overview } from "./overview";
import { prediction } from "./prediction";
import { projection } from "./projection";
import { sheet } from "./sheet";
import { tensor } from "./tensor";
import { timeUnits } from "./time_units";
import { told } from "./told";
import { unit } from "./unit";
import { unitData } from "./unit_data";
import { units } from "./units";
import type { View } from "./view";

type AnyView = { [K in Payload["kind"]]: View<Extract<Payload, { kind: K }>> }[Payload["kind"]];

const VIEWS: readonly AnyView[] = [
  network,
  overview,
  prediction,
  featureMaps,
  units,
  timeUnits,
  tensor,
  sheet,
  unit,
  unitData,
  calculation,
  feeds,
  makers,
  attribution,
  evaluation,
  told,
  data,
  findings,
  projection,
  empty,
];

const BY_KIND = new Map<string, AnyView>(VIEWS.map((view) => [view.kind, view]));

/** The view that draws `kind`. The registry pairs each view with its own payload. */
export function viewOf(kind: string): View | undefined {
  return BY_KIND.get(kind) as View | undefined;
}
