/** Messages of one turn of the event loop go to the kernel as one: each costs the notebook several of its own. */
import { PROTOCOL } from "./protocol.gen";

export type Send = (message: object, buffers?: ArrayBuffer[]) => void;

/** `failed` is told when they could not be handed over. */
export function outbox(send: Send, failed: () => void): Send {
  let waiting: { message: object; buffers: ArrayBuffer[] }[] = [];
  const flush = () => {
    const messages = waiting.map(({ message }) => message);
    const buffers = waiting.flatMap((each) => each.buffers);
    waiting = [];
    try {
      const [first] = messages;
      const batch = { v: PROTOCOL, kind: "batch", messages };
      if (first) send(messages.length === 1 ? first : batch, buffers);
    } catch {
      failed();
    }
  };
  return (message, buffers = []) => {
    waiting.push({ message, buffers });
    if (waiting.length === 1) queueMicrotask(flush);
  };
}
