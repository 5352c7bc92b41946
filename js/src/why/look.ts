/** How attributions are drawn, for all pictures of one view of the widget. */

export interface WhyLook {
  /** 0: the input alone, 1: the heat map alone; between, the stronger a cell the more of its colour. */
  mix: number;
  /** Input and heat map side by side. */
  beside: boolean;
  /** A line around the strongest cells. */
  outline: boolean;
  /** How channels become one number. */
  channels: string;
  /** Which slice of a volume; none: the strongest. */
  index: readonly number[];
  /** In a comparison: the picture alone. */
  compact: boolean;
  /** The largest size on a colour scale that several pictures have in common; null: each has its own. */
  shared: number | null;
  change(patch: Partial<Pick<WhyLook, "mix" | "beside" | "outline" | "channels" | "index">>): void;
}

export const CHANNELS = ["sum", "max-abs", "mean-abs"] as const;

export const FIRST_LOOK = {
  mix: 0.5,
  beside: false,
  outline: false,
  channels: "sum",
  index: [] as readonly number[],
};
