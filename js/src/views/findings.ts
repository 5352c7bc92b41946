/** What the doctor found, the worst first: each a button that opens what proves it. */
import { h, span } from "../dom";
import { formatCount } from "../draw/format";
import type { Findings, FoundFault, Proof } from "../protocol.gen";
import { type Say, type TextKey, wordOf } from "../text";
import { asKind, type Context, type Rendered, type View } from "./view";

const ICONS = { error: "✕", warning: "!", info: "i" } as const;

export const findings: View<Findings> = {
  kind: "findings",
  render(answer, ctx) {
    const list = h("ul", { class: "kv-findings" });
    const notes = h("p", { class: "kv-muted kv-all-note" });
    const element = h("div", {}, list, notes);
    let shown = answer.payload;
    const show = (now: Context) => {
      list.replaceChildren(...shown.findings.map((each) => itemOf(each, now)));
      list.classList.toggle("kv-old", shown.stale);
      notes.textContent = notesOf(shown, now.say);
    };
    const update: Rendered["update"] = (next, now) => {
      const found = asKind(next, "findings");
      if (!found) return false;
      shown = found.payload;
      show(now);
      return true;
    };
    show(ctx);
    return { element, update, refresh: show };
  },
};

function itemOf(fault: FoundFault, { say, emit, signal }: Context): HTMLElement {
  const { severity, rule, layers, message, why, advice, evidence, proof } = fault;
  const icon = h("span", {
    class: "kv-finding-icon",
    "aria-hidden": "true",
    text: ICONS[severity],
  });
  const word = h("span", { class: "kv-finding-word" }, icon, say(`doctor_${severity}`));
  const where = whereOf(proof, say);
  const go = h(
    "button",
    { type: "button", class: "kv-finding-go" },
    span("kv-finding-message", message),
    span("kv-finding-where", `${where} →`),
  );
  go.addEventListener("click", () => emit({ type: "prove", proof }), { signal });
  const numbers = evidence.map(({ name, value }) => `${name.replaceAll("_", " ")} ${value}`);
  return h(
    "li",
    { class: `kv-finding kv-finding-${severity}` },
    word,
    h(
      "div",
      { class: "kv-finding-body" },
      go,
      h("p", { text: why }),
      h("p", {}, h("strong", { text: `${say("doctor_advice")}: ` }), advice),
      h("p", { class: "kv-muted", text: [rule, ...layers.slice(0, 4), ...numbers].join(" · ") }),
    ),
  );
}

/** What the button opens. */
function whereOf({ layer, unit, sample, target, panel }: Proof, say: Say): string {
  const parts = [
    layer || (panel === "sample" ? "" : wordOf(say, panel)),
    unit === null ? "" : say("doctor_unit", { unit }),
    sample === null ? "" : `${say("sample").toLowerCase()} ${formatCount(sample)}`,
    target === null ? "" : say("doctor_target", { target }),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** How many of what, in a line. */
export function toldOf({ findings: all, rules, samples }: Findings, say: Say): string {
  const counts = (["error", "warning", "info"] as const).map((severity) => {
    const count = all.filter((each) => each.severity === severity).length;
    if (count === 1) return `1 ${say(`doctor_${severity}`)}`;
    return count > 1 ? say(`doctor_${severity}s` as TextKey, { count }) : "";
  });
  const found = counts.filter(Boolean).join(", ") || say("doctor_none");
  return `${found} ${all.length > 0 ? "· " : ""}${say("doctor_rules", { rules, count: formatCount(samples) })}`;
}

function notesOf({ note, skipped }: Findings, say: Say): string {
  const left = skipped.length > 0 ? `${say("doctor_skipped")}: ${skipped.join("; ")}` : "";
  return [note, left].filter(Boolean).join(" · ");
}
