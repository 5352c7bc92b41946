import { type Message, type Payload, PROTOCOL, type Request } from "../../src/protocol.gen";
import type { Wire } from "../../src/rpc";

type Receive = Parameters<Wire["listen"]>[0];

/** The other end of the wire: keeps what was sent, answers when told to. */
export class Far {
  sent: Message[] = [];
  broken = false;
  /** What came with the last message. */
  buffers: ArrayBuffer[] = [];
  #receivers = new Set<Receive>();

  wire: Wire = {
    send: (message, buffers = []) => {
      if (this.broken) throw new Error("Cannot send");
      this.buffers = buffers;
      this.sent.push(message as Message);
    },
    listen: (receive) => {
      this.#receivers.add(receive);
      return () => this.#receivers.delete(receive);
    },
  };

  get listeners(): number {
    return this.#receivers.size;
  }

  get requests(): Request[] {
    return this.sent.filter((message): message is Request => message.kind === "request");
  }

  request(i: number): Request {
    const request = this.requests.at(i);
    if (!request) throw new Error(`There is no request ${i}.`);
    return request;
  }

  hear(message: object, buffers: ArrayBufferView[] = []): void {
    for (const receive of this.#receivers) receive(message, buffers);
  }

  say(i: number, message: object, buffers: ArrayBufferView[] = []): void {
    const { id } = this.request(i);
    for (const receive of this.#receivers) receive({ v: PROTOCOL, id, ...message }, buffers);
  }

  done(i: number, payload: Payload = { kind: "done" }): void {
    this.say(i, { kind: "result", payload, tensors: [] });
  }
}
