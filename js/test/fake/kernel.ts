/** A model like anywidget's, answered by made-up layers instead of a kernel. */
import { DEFAULTS } from "../../src/host";
import { LocalModel } from "../../src/page/model";
import { PROTOCOL, type Request } from "../../src/protocol.gen";
import { answer, type FakeValues } from "./answers";

export interface KernelOptions {
  latency?: number;
  fail?: string;
  /** The protocol number of the answers. */
  protocol?: number;
  silent?: boolean;
  traits?: Record<string, unknown>;
}

export class FakeModel extends LocalModel {
  #options: KernelOptions;
  /** Requests of this name fail. */
  fail: string;
  #silent: boolean;
  /** What was sent, for tests. */
  readonly sent: Request[] = [];

  constructor(options: KernelOptions = {}) {
    super({ ...DEFAULTS, num_samples: 60, layer: "conv2d", ...options.traits });
    this.#options = options;
    this.fail = options.fail ?? "";
    this.#silent = options.silent ?? false;
  }

  /** From now on it answers. */
  speak(): void {
    this.#silent = false;
  }

  send(message: Request | { kind: "batch"; messages: Request[] }): void {
    if (message.kind === "batch") {
      for (const each of message.messages) this.send(each);
      return;
    }
    this.sent.push(message);
    if (message.kind !== "request" || this.#silent) return;
    setTimeout(() => this.#answer(message), this.#options.latency ?? 5);
  }

  #answer({ id, name, params }: Request): void {
    const head = { v: this.#options.protocol ?? PROTOCOL, id };
    try {
      if (name === this.fail) throw new Error(REASON);
      if (name === "set" || name === "own_input") {
        const changed = name === "set" ? params : {};
        for (const [trait, value] of Object.entries(changed)) this.set(trait, value);
        this.trigger(
          "msg:custom",
          { ...head, kind: "result", payload: { kind: "done" }, tensors: [] },
          [],
        );
        return;
      }
      const { payload, tensors } = answer(name, params);
      const headers = tensors.map(([header]) => header);
      const buffers = tensors.map(([, values]) => misaligned(values));
      this.trigger("msg:custom", { ...head, kind: "result", payload, tensors: headers }, buffers);
    } catch (error) {
      const { message } = error as Error;
      const failure = { kind: "failure", error: "UnsupportedModelError", message, detail: TRACE };
      this.trigger("msg:custom", { ...head, ...failure }, []);
    }
  }
}

/** As some hosts hand it over: a view that starts at an odd byte of a larger buffer. */
function misaligned(values: FakeValues): DataView {
  const bytes = new Uint8Array(values.byteLength + 3);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 3);
  return new DataView(bytes.buffer, 3, values.byteLength);
}

const REASON =
  "Layer 'lstm_1' cannot be drawn as maps: it has no spatial axes (output shape (None, 64)). Choose a convolution, e.g. 'conv2d'.";
const TRACE = `Traceback (most recent call last):
  File "kerasviz/widget/session.py", line 88, in _run
    panel = view.build(self.source, params)
  File "kerasviz/views/layer.py", line 41, in _build
    raise UnsupportedModelError(message)`;
