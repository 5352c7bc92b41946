/** A small made-up network: enough real arithmetic for pictures that look like a network's. */

export interface FakeLayer {
  path: string;
  kind: string;
  parent: string;
  parameters: number;
  axes: string[];
  shape: number[];
  /** Values of one sample, channels last. */
  values: Float32Array;
}

type Random = () => number;

/** mulberry32: seeded, so that every look at the page shows the same numbers. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const SIDE = 28;

/** A digit as a smooth 28 × 28 picture: strokes along a few segments. */
export function digit(sample: number): Float32Array {
  const random = seeded(sample + 11);
  const lean = (random() - 0.5) * 0.3;
  const strokes = DIGITS[sample % 10] ?? [];
  const image = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const u = (x - 6 + lean * (y - 14)) / 16;
      const v = (y - 4) / 20;
      const d = Math.min(...strokes.map((stroke) => distance(u, v, stroke)));
      image[y * SIDE + x] = Math.max(0, Math.min(1, 1.4 - d * 14));
    }
  }
  return image;
}

type Stroke = [number, number, number, number];
const DIGITS: Stroke[][] = [
  [
    [0.2, 0, 0.8, 0],
    [0.8, 0, 0.9, 1],
    [0.9, 1, 0.2, 1],
    [0.2, 1, 0.2, 0],
  ],
  [
    [0.3, 0.2, 0.6, 0],
    [0.6, 0, 0.55, 1],
  ],
  [
    [0.15, 0.1, 0.8, 0.1],
    [0.8, 0.1, 0.8, 0.4],
    [0.8, 0.4, 0.15, 1],
    [0.15, 1, 0.9, 1],
  ],
  [
    [0.2, 0, 0.8, 0],
    [0.8, 0, 0.4, 0.45],
    [0.4, 0.45, 0.85, 0.7],
    [0.85, 0.7, 0.2, 1],
  ],
  [
    [0.6, 0, 0.1, 0.6],
    [0.1, 0.6, 0.95, 0.6],
    [0.7, 0.25, 0.65, 1],
  ],
  [
    [0.85, 0, 0.25, 0],
    [0.25, 0, 0.2, 0.45],
    [0.2, 0.45, 0.85, 0.6],
    [0.85, 0.6, 0.2, 1],
  ],
  [
    [0.7, 0, 0.2, 0.6],
    [0.2, 0.6, 0.3, 1],
    [0.3, 1, 0.85, 0.8],
    [0.85, 0.8, 0.25, 0.6],
  ],
  [
    [0.1, 0.05, 0.9, 0.05],
    [0.9, 0.05, 0.4, 1],
  ],
  [
    [0.2, 0, 0.8, 0.1],
    [0.8, 0.1, 0.2, 0.9],
    [0.2, 0.9, 0.8, 1],
    [0.8, 1, 0.2, 0],
  ],
  [
    [0.8, 0.3, 0.3, 0.4],
    [0.3, 0.4, 0.4, 0],
    [0.4, 0, 0.8, 0.1],
    [0.8, 0.1, 0.6, 1],
  ],
];

function distance(u: number, v: number, [x0, y0, x1, y1]: Stroke): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const t = Math.max(0, Math.min(1, ((u - x0) * dx + (v - y0) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(u - x0 - t * dx, v - y0 - t * dy);
}

interface Maps {
  values: Float32Array;
  side: number;
  channels: number;
}

function conv(input: Maps, channels: number, seed: number, relu: boolean): Maps {
  const random = seeded(seed);
  const size = 9 * input.channels;
  const weights = Float32Array.from({ length: size * channels }, () => (random() - 0.5) * 2);
  const side = input.side - 2;
  const values = new Float32Array(side * side * channels);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      for (let c = 0; c < channels; c += 1) {
        const sum = window3(input, x, y, weights, c * size) / Math.sqrt(input.channels);
        values[(y * side + x) * channels + c] = relu ? Math.max(0, sum) : sum;
      }
    }
  }
  return { values, side, channels };
}

function window3(input: Maps, x: number, y: number, weights: Float32Array, from: number): number {
  let sum = 0;
  let at = from;
  for (let dy = 0; dy < 3; dy += 1) {
    for (let dx = 0; dx < 3; dx += 1) {
      const cell = ((y + dy) * input.side + x + dx) * input.channels;
      for (let k = 0; k < input.channels; k += 1)
        sum += (input.values[cell + k] ?? 0) * (weights[at++] ?? 0);
    }
  }
  return sum;
}

function pool({ values, side, channels }: Maps): Maps {
  const half = Math.floor(side / 2);
  const out = new Float32Array(half * half * channels);
  for (let i = 0; i < out.length; i += 1) {
    const c = i % channels;
    const [y, x] = [Math.floor(i / channels / half) * 2, (Math.floor(i / channels) % half) * 2];
    const at = (dy: number, dx: number) => values[((y + dy) * side + x + dx) * channels + c] ?? 0;
    out[i] = Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1));
  }
  return { values: out, side: half, channels };
}

const wave = (length: number, make: (i: number) => number) =>
  Float32Array.from({ length }, (_, i) => make(i));

const SPATIAL = ["height", "width", "channel"];

function mapsLayer(path: string, kind: string, maps: Maps, parameters: number): FakeLayer {
  const parent = path.includes("/") ? (path.split("/")[0] ?? "") : "";
  const shape = [maps.side, maps.side, maps.channels];
  return { path, kind, parent, parameters, axes: SPATIAL, shape, values: maps.values };
}

/** Every kind of layer the views know, and the troubles they must survive. */
export function fakeLayers(sample: number): FakeLayer[] {
  const image = { values: digit(sample), side: SIDE, channels: 1 };
  const first = conv(image, 32, 3, true);
  const pooled = pool(first);
  const second = conv(pooled, 64, 5, false);
  const many = conv(pool(second), 300, 8, true);
  return [
    mapsLayer("conv2d", "Conv2D", first, 320),
    mapsLayer("max_pooling2d", "MaxPooling2D", pooled, 0),
    mapsLayer("block/conv2d_1", "Conv2D", second, 18496),
    mapsLayer("block/conv2d_2", "Conv2D", many, 173100),
    ...sequenceLayers(sample),
    ...denseLayers(sample),
  ];
}

function sequenceLayers(sample: number): FakeLayer[] {
  const time = wave(40 * 48, (i) => {
    const [t, u] = [Math.floor(i / 48), i % 48];
    return Math.tanh(Math.sin(t * (0.08 + u * 0.012) + sample + u) * 1.4 * Math.exp(-t / 60));
  });
  const weights = wave(4 * 16 * 16, (i) => {
    const [query, key] = [Math.floor(i / 16) % 16, i % 16];
    return Math.exp(-((query - key + (sample % 5)) ** 2) / (4 + (i >> 8) * 6)) / 3;
  });
  const flat = { parent: "", parameters: 0 };
  return [
    {
      ...flat,
      path: "lstm",
      kind: "LSTM",
      parameters: 12480,
      axes: ["time", "unit"],
      shape: [40, 48],
      values: time,
    },
    {
      ...flat,
      path: "attention",
      kind: "MultiHeadAttention",
      parameters: 4224,
      axes: ["head", "query", "key"],
      shape: [4, 16, 16],
      values: weights,
    },
  ];
}

/** What the network says of a sample, without its layers. */
export function fakeScores(sample: number): Float32Array {
  const logits = fakeLogits(sample);
  const top = Math.max(...logits);
  const total = logits.reduce((sum, value) => sum + Math.exp(value - top), 0);
  return logits.map((value) => Math.exp(value - top) / total);
}

function fakeLogits(sample: number): Float32Array {
  const random = seeded(sample * 11 + 5);
  const sure = 1.2 + random() * 5;
  return wave(10, (i) => (i === sample % 10 ? sure : 0) + random() * 3.4 - 1.5);
}

function denseLayers(sample: number): FakeLayer[] {
  const random = seeded(sample * 7 + 1);
  const dense = wave(128, () => Math.max(0, random() * 3 - 1.5));
  const logits = fakeLogits(sample);
  const nan = wave(64, (i) => (i % 9 === 4 ? Number.NaN : random() - 0.5));
  const flat = { parent: "", parameters: 0, axes: ["unit"] };
  return [
    { ...flat, path: "dense", kind: "Dense", parameters: 204928, shape: [128], values: dense },
    { ...flat, path: "dead_relu", kind: "ReLU", shape: [128], values: new Float32Array(128) },
    { ...flat, path: "unstable", kind: "Dense", parameters: 8256, shape: [64], values: nan },
    { ...flat, path: "names", kind: "StringLookup", shape: [0], values: new Float32Array() },
    { ...flat, path: "logits", kind: "Dense", parameters: 1290, shape: [10], values: logits },
    { ...flat, path: "softmax", kind: "Softmax", shape: [10], values: fakeScores(sample) },
  ];
}
