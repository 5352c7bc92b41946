/** Messages of one turn of the event loop go to the kernel as one: each costs the notebook several of its own. */
import { PROTOCOL } from "./protocol.gen";

export type Send = (message: object) => void;

/** `failed` is told when they could not be handed over. */
export function outbox(send: Send, failed: () => void): Send {
  let waiting: object[] = [];
  const flush = () => {
    const messages = waiting;
    waiting = [];
    try {
      const [first] = messages;
      if (first) send(messages.length === 1 ? first : { v: PROTOCOL, kind: "batch", messages });
    } catch {
      failed();
    }
  };
  return (message) => {
    waiting.push(message);
    if (waiting.length === 1) queueMicrotask(flush);
  };
}
