/** A layer with nothing to draw: why. */
import { h, setText } from "../dom";
import type { Empty } from "../protocol.gen";
import { asKind, type Rendered, type View } from "./view";

export const empty: View<Empty> = {
  kind: "empty",
  render(answer, ctx) {
    const reason = h("p", { class: "kv-muted", text: answer.payload.reason });
    const name = h("h3", { class: "kv-name", text: answer.payload.path });
    const title = h("p", { class: "kv-empty-title", text: ctx.say("nothing_drawn") });
    const element = h(
      "div",
      { class: "kv-view" },
      name,
      h("div", { class: "kv-empty" }, title, reason),
    );
    const update: Rendered["update"] = (next) => {
      const found = asKind(next, "empty");
      if (!found) return false;
      setText(reason, found.payload.reason);
      setText(name, found.payload.path);
      return true;
    };
    return { element, update, refresh: () => {} };
  },
};
