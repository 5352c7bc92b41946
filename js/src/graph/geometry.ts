/** What a layout is made of: plain numbers, in pixels at full size. */
export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  id: string;
  x: number;
  y: number;
}

export type Point = readonly [number, number];

export interface Line {
  from: string;
  to: string;
  known: boolean;
  arrow: boolean;
  points: Point[];
}

export interface Layout extends Size {
  nodes: Box[];
  frames: Box[];
  lines: Line[];
}

export interface Sizes {
  card: Size;
  input: Size;
}
