/** When to say that the kernel is silent and to ask it again: soon, then less and less often. */

const FIRST = 1500;
const LAST = 12_000;

/**
 * Messages sent before JupyterLab has started the subshell for comms wait until the running cell
 * ends; asked again they are answered beside it. (ipykernel 7.4 sends a widget's messages to the
 * loop that last published on its comm, so there a cell that shows the widget and goes on working
 * keeps it waiting whatever we do.)
 */
export function whileSilent(askAgain: () => void, signal: AbortSignal): void {
  let timer = 0;
  const wait = (milliseconds: number) => {
    timer = window.setTimeout(() => {
      askAgain();
      if (milliseconds < LAST) wait(milliseconds * 2);
    }, milliseconds);
  };
  wait(FIRST);
  signal.addEventListener("abort", () => window.clearTimeout(timer), { once: true });
}
