/** States a fact of the protocol; a message that breaks it is a bug on the other side. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
