/**
 * Requests that nobody answers are sent again: the notebook sends messages past a running cell, but only once it has
 * found the way. What came before, just after the widget was shown, waits until the cell has ended. Python takes each
 * request once.
 */
import type { Wire } from "./rpc";

/** Milliseconds without any word about it. */
const AFTER = [1000, 2000, 4000, 8000];

interface Marked {
  kind?: string;
  id?: string;
  messages?: Marked[];
}

export function again(wire: Wire, alive: () => boolean): Wire {
  const open = new Map<string, ReturnType<typeof setTimeout>>();
  const forget = ({ id = "", messages }: Marked) => {
    clearTimeout(open.get(id));
    open.delete(id);
    messages?.forEach(forget);
  };
  const wait = (id: string, send: () => void, tries = 0) => {
    const after = AFTER[tries];
    if (after === undefined) return open.delete(id);
    const late = () => {
      if (!alive()) return open.delete(id);
      send();
      return wait(id, send, tries + 1);
    };
    return open.set(id, setTimeout(late, after));
  };
  return {
    send(message, buffers) {
      const send = () => wire.send(message, buffers);
      const { kind, id } = message as Marked;
      send();
      if (kind === "request" && id) wait(id, send);
      else forget(message as Marked);
    },
    listen(receive) {
      const stop = wire.listen((message, buffers) => {
        forget((message ?? {}) as Marked);
        receive(message, buffers);
      });
      return () => {
        stop();
        for (const timer of open.values()) clearTimeout(timer);
        open.clear();
      };
    },
  };
}
