/**
 * Requests and their answers over comm custom messages.
 *
 * One request per slot is on its way; a newer one waits, and replaces the one that waited before
 * it. Every request is settled exactly once: with an answer, or with one of the errors below.
 * There is no timeout: a kernel that runs a cell answers late, not never.
 */
import { assert } from "./assert";
import {
  type Cancelled,
  type Failure,
  type Message,
  type PartialResult,
  type Payload,
  PROTOCOL,
  type Progress,
  type Request,
  type Result,
  type TensorHeader,
} from "./protocol.gen";
import { decodeTensors, type Tensors } from "./tensor";

export interface Answer<P extends Payload = Payload> {
  payload: P;
  tensors: Tensors;
}

export interface Wire {
  send(message: object, buffers?: ArrayBuffer[]): void;
  listen(receive: (message: unknown, buffers: readonly ArrayBufferView[]) => void): () => void;
}

/** Python could not do it; `detail` is the traceback. */
export class RequestFailed extends Error {
  override name = "RequestFailed";
  constructor(
    readonly error: string,
    message: string,
    readonly detail: string,
  ) {
    super(message);
  }
}

/** Not needed any more: replaced by a newer request, or given up. */
export class RequestCancelled extends Error {
  override name = "RequestCancelled";
}

/** The two halves of the package are of different versions. */
export class ProtocolMismatch extends Error {
  override name = "ProtocolMismatch";
  constructor(readonly theirs: unknown) {
    super(`The kernel speaks protocol ${String(theirs)}, this page ${PROTOCOL}.`);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message could not be handed to the kernel: there is none. */
export class KernelGone extends Error {
  override name = "KernelGone";
}

/** One tensor that goes with a request. */
export interface Sent {
  header: TensorHeader;
  buffer: ArrayBuffer;
}

interface Job {
  request: Request;
  buffers: ArrayBuffer[];
  onProgress: (progress: Progress) => void;
  onPart: (answer: Answer) => void;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

interface Slot {
  running: Job;
  waiting: Job | null;
}

let views = 0;

/** A name no other view has, in this page or another one on the same kernel. */
export function uniqueId(): string {
  views += 1;
  return `${views.toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
}

export class Rpc {
  readonly id = uniqueId();
  #slots = new Map<string, Slot>();
  #count = 0;
  #heard = false;
  #stop: () => void;
  #wire: Wire;
  #signal: AbortSignal;

  constructor(wire: Wire, signal: AbortSignal) {
    this.#wire = wire;
    this.#signal = signal;
    this.#stop = wire.listen((message, buffers) => {
      for (const [each, own] of unbatched(message, buffers)) this.#receive(each, own);
    });
    signal.addEventListener("abort", () => this.#close(), { once: true });
  }

  /** Whether the kernel has answered anything yet. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Asks for `name`; `panel` is the place that will show it; `sent` are tensors that go along; `onPart` sees what the answer looks like so far. */
  request(
    panel: string,
    name: string,
    params: Record<string, unknown>,
    onProgress: (progress: Progress) => void = () => {},
    sent: Sent[] = [],
    onPart: (answer: Answer) => void = () => {},
  ): Promise<Answer> {
    const slot = `${this.id}/${panel}`;
    this.#count += 1;
    const id = `${this.id}:${this.#count}`;
    const tensors = sent.map(({ header }) => header);
    const request: Request = { v: PROTOCOL, id, kind: "request", slot, name, params, tensors };
    const buffers = sent.map(({ buffer }) => buffer);
    return new Promise((resolve, reject) => {
      this.#enqueue({ request, buffers, onProgress, onPart, resolve, reject });
    });
  }

  /** Gives up what `panel` asked for: the waiting request at once, the running one when it answers. */
  cancel(panel: string): void {
    const slot = this.#slots.get(`${this.id}/${panel}`);
    if (!slot) return;
    slot.waiting?.reject(new RequestCancelled("cancelled"));
    slot.waiting = null;
    this.#trySend({ v: PROTOCOL, id: slot.running.request.id, kind: "cancel" });
  }

  /** Settles everything that is under way; what the kernel knew of it is lost. */
  drop(error: Error): void {
    const slots = [...this.#slots.values()];
    this.#slots.clear();
    for (const { running, waiting } of slots) {
      waiting?.reject(error);
      running.reject(error);
    }
  }

  #enqueue(job: Job): void {
    if (this.#signal.aborted) return job.reject(new RequestCancelled("the view was closed"));
    const slot = this.#slots.get(job.request.slot);
    if (slot) {
      slot.waiting?.reject(new RequestCancelled("replaced by a newer request"));
      slot.waiting = job;
    } else {
      this.#start(job);
    }
  }

  #start(job: Job): void {
    this.#slots.set(job.request.slot, { running: job, waiting: null });
    const error = this.#trySend(job.request, job.buffers);
    if (error) this.drop(error);
  }

  #trySend(message: object, buffers: ArrayBuffer[] = []): KernelGone | null {
    try {
      this.#wire.send(message, buffers);
      return null;
    } catch (error) {
      return new KernelGone(messageOf(error));
    }
  }

  #receive(message: unknown, buffers: readonly ArrayBufferView[]): void {
    if (!isAnswer(message)) return;
    const slot = [...this.#slots.values()].find((each) => each.running.request.id === message.id);
    if (!slot) return;
    this.#heard = true;
    if (message.v !== PROTOCOL) this.drop(new ProtocolMismatch(message.v));
    else if (message.kind === "progress") slot.running.onProgress(message);
    else if (message.kind === "partial") slot.running.onPart(answerOf(message, buffers));
    else this.#settle(slot, message, buffers);
  }

  #settle(
    slot: Slot,
    message: Result | Failure | Cancelled,
    buffers: readonly ArrayBufferView[],
  ): void {
    const { running, waiting } = slot;
    this.#slots.delete(running.request.slot);
    if (waiting) this.#start(waiting);
    try {
      running.resolve(answerOf(message, buffers));
    } catch (error) {
      running.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #close(): void {
    for (const slot of this.#slots.values()) {
      this.#trySend({ v: PROTOCOL, id: slot.running.request.id, kind: "cancel" });
    }
    this.#stop();
    this.drop(new RequestCancelled("the view was closed"));
  }
}

/** The messages that came as one, each with its own buffers. */
function* unbatched(
  message: unknown,
  buffers: readonly ArrayBufferView[],
): Generator<[unknown, readonly ArrayBufferView[]]> {
  const { kind, messages } = (message ?? {}) as { kind?: string; messages?: Result[] };
  if (kind !== "batch" || !messages) return yield [message, buffers];
  let start = 0;
  for (const each of messages) {
    const end = start + (each.tensors?.length ?? 0);
    yield [each, buffers.slice(start, end)];
    start = end;
  }
}

type AnswerMessage = Exclude<Message, { kind: "request" | "cancel" }>;

function isAnswer(message: unknown): message is AnswerMessage {
  if (typeof message !== "object" || message === null || !("kind" in message)) return false;
  return ["progress", "partial", "result", "failure", "cancelled"].includes(String(message.kind));
}

function answerOf(
  message: PartialResult | Result | Failure | Cancelled,
  buffers: readonly ArrayBufferView[],
): Answer {
  if (message.kind === "cancelled") throw new RequestCancelled("cancelled");
  if (message.kind === "failure") {
    throw new RequestFailed(message.error, message.message, message.detail);
  }
  assert(typeof message.payload?.kind === "string", "An answer came without a kind of payload.");
  return { payload: message.payload, tensors: decodeTensors(message.tensors, buffers) };
}
