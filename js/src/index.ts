/** The anywidget: the one place that touches its model. */
import type { AnyModel } from "@anywidget/types";
import { again } from "./again";
import { DEFAULTS, type Host, type Mounted, type Traits } from "./host";
import { outbox } from "./outbox";
import { Stage } from "./stage";

type Model = AnyModel<Record<string, unknown>>;

interface RenderProps {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

function render({ model, el, signal }: RenderProps): () => void {
  const controller = new AbortController();
  signal?.addEventListener("abort", () => controller.abort(), {
    once: true,
    signal: controller.signal,
  });
  new Stage(hostOf(model, el), el, controller.signal);
  return () => controller.abort();
}

function hostOf(model: Model, el: HTMLElement): Host {
  const traits = () => {
    const read = ([name, value]: [string, unknown]) => [name, model.get(name) ?? value];
    return Object.fromEntries(Object.entries(DEFAULTS).map(read)) as unknown as Traits;
  };
  const life = lifeOf(model, el);
  const wire: Host["wire"] = {
    send: outbox((message, buffers) => model.send(message, undefined, buffers), life.lost),
    listen(receive) {
      const callback = (message: unknown, buffers: readonly ArrayBufferView[] = []) =>
        receive(message, buffers);
      model.on("msg:custom", callback);
      return () => model.off("msg:custom", callback);
    },
  };
  return {
    wire: again(wire, life.alive),
    traits,
    onTraits(listener, signal) {
      let waiting = false;
      const soon = () => {
        if (waiting) return;
        waiting = true;
        queueMicrotask(() => {
          waiting = false;
          if (!signal.aborted) listener();
        });
      };
      for (const name of Object.keys(DEFAULTS)) listen(model, `change:${name}`, soon, signal);
    },
    mount: (id, place) => mount(model.widget_manager as unknown as Manager, id, place),
    alive: life.alive,
    onAlive: life.onAlive,
  };
}

interface View {
  el: HTMLElement;
  processLuminoMessage?(message: { type: string }): void;
  remove(): void;
}

/** A widget manager as ipywidgets has them, which anywidget's types leave out. */
interface Manager {
  get_model(id: string): Promise<unknown>;
  create_view(model: unknown): Promise<View>;
}

/** Without these messages a figure of bqplot stays empty. */
async function mount(manager: Manager, id: string, place: HTMLElement): Promise<Mounted> {
  const view = await manager.create_view(await manager.get_model(id));
  place.replaceChildren(view.el);
  const tell = (type: string) => view.processLuminoMessage?.({ type });
  tell("after-attach");
  tell("resize");
  return { resize: () => tell("resize"), remove: () => view.remove() };
}

/** Where a listener is called on its view, the view's model knows whether its comm is there. */
type MaybeView = { model?: { comm_live?: boolean } } | undefined;

interface Life extends Pick<Host, "alive" | "onAlive"> {
  /** A message could not be sent: nobody is there. */
  lost(): void;
}

/**
 * Whether there is a kernel. ipywidgets marks the view of a model without a comm when it makes the
 * view, and says so later with `comm_live_update`; anywidget hides `comm_live` itself.
 */
function lifeOf(model: Model, el: HTMLElement): Life {
  let live = el.closest(".jupyter-widgets-disconnected") === null;
  let told = () => {};
  const onAlive = (listener: () => void, signal: AbortSignal) => {
    told = listener;
    function update(this: MaybeView): void {
      live = this?.model?.comm_live ?? false;
      listener();
    }
    listen(model, "comm_live_update", update, signal);
  };
  const lost = () => {
    live = false;
    told();
  };
  return { alive: () => live, onAlive, lost };
}

function listen(model: Model, event: string, callback: () => void, signal: AbortSignal): void {
  model.on(event, callback);
  signal.addEventListener("abort", () => model.off(event, callback), { once: true });
}

export default { render };
