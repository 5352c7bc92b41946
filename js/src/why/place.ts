/** A panel of the section: what it needs of the page, and what is special about it. */
import type { Mounted } from "../host";
import type { Ask, Panel, PanelHost } from "../panel";
import type { Look } from "../panels";
import type { Progress } from "../protocol.gen";
import type { Answer, KernelGone, ProtocolMismatch, Rpc } from "../rpc";
import type { Shared } from "../store";
import type { Context, ViewEvent } from "../views/view";
import type { Walk } from "../walk";
import type { WhyLook } from "./look";

export interface WhyOwner {
  state(): Readonly<Shared>;
  readonly walking: { readonly walk: Walk };
  look(): Look;
  /** How many samples the data has. */
  readonly total: number;
  readonly language: string;
  /** The bqplot figure of that name, put into a place; null where there is none. */
  chart(name: string, place: HTMLElement): Promise<Mounted> | null;
  choose(patch: Partial<Shared>): void;
  act(event: ViewEvent): void;
  trouble(error: KernelGone | ProtocolMismatch): void;
}

export interface Special {
  wants(ask: Ask): boolean;
  why(): WhyLook;
  width(): number;
  emit?(event: Exclude<ViewEvent, { type: "option" }>): void;
  progress?(progress: Progress): void;
  arrived(answer: Answer | null): void;
}

export function placeOf(owner: WhyOwner, rpc: Rpc, special: Special): PanelHost {
  return {
    request: (ask, onProgress, onPart) => {
      const told = (progress: Progress) => {
        special.progress?.(progress);
        onProgress(progress);
      };
      return rpc.request(ask.slot, ask.name, ask.params, told, [], onPart);
    },
    context: (_: Panel, signal: AbortSignal): Context => ({
      ...owner.look(),
      width: special.width(),
      height: 400,
      state: owner.state(),
      network: null,
      place: null,
      walk: owner.walking.walk,
      why: special.why(),
      chart: (name, into) => owner.chart(name, into),
      emit: (event) => event.type !== "option" && special.emit?.(event),
      signal,
    }),
    wants: (ask) => special.wants(ask),
    trouble: (error) => owner.trouble(error),
    arrived: (_, answer) => special.arrived(answer),
  };
}
