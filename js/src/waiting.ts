/** When to say that the kernel is silent: soon, and once more for those who were shown something else meanwhile. */

const TIMES = [1500, 6000];

export function whileSilent(say: () => void, signal: AbortSignal): void {
  const timers = TIMES.map((milliseconds) => window.setTimeout(say, milliseconds));
  signal.addEventListener("abort", () => timers.forEach(window.clearTimeout), { once: true });
}
