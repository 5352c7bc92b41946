/** A model like anywidget's, in the page alone: traits and messages without a kernel. */

type Callback = (...values: unknown[]) => void;

export class LocalModel {
  #values: Record<string, unknown>;
  #callbacks = new Map<string, Set<Callback>>();

  constructor(values: Record<string, unknown>) {
    this.#values = { ...values };
  }

  get(name: string): unknown {
    return this.#values[name];
  }

  set(name: string, value: unknown): void {
    this.#values[name] = value;
    this.trigger(`change:${name}`);
  }

  save_changes(): void {}

  on(event: string, callback: Callback): void {
    const set = this.#callbacks.get(event) ?? new Set();
    this.#callbacks.set(event, set.add(callback));
  }

  off(event: string, callback: Callback): void {
    this.#callbacks.get(event)?.delete(callback);
  }

  get listeners(): number {
    return [...this.#callbacks.values()].reduce((sum, set) => sum + set.size, 0);
  }

  trigger(event: string, ...values: unknown[]): void {
    for (const callback of [...(this.#callbacks.get(event) ?? [])]) callback(...values);
  }
}
