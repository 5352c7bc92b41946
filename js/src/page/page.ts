/** Opens a saved page: unpacks what it holds, and shows the widget over it. */
import { h, setText } from "../dom";
import { type PageTexts, pageEn, pageZh } from "../texts/page";
import { Answers, type Saving } from "./answers";
import { SavedModel } from "./kernel";

interface Facts {
  saved: string;
  samples: number[];
  total: number;
}

interface Saved extends Saving {
  traits: Record<string, unknown>;
  facts: Facts;
  texts: Record<string, unknown>;
}

type Values = Record<string, string | number>;

const LANGUAGES = { en: "English", zh: "中文" };
const THEMES = ["auto", "light", "dark"] as const;

let language = "en";

function tell(key: keyof PageTexts, values: Values = {}): string {
  const text = (language === "zh" ? pageZh : pageEn)[key];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** The bytes of one part of the file. */
async function unpacked(id: string): Promise<ArrayBuffer> {
  const text = atob(document.getElementById(id)?.textContent ?? "");
  const packed = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

async function open(place: HTMLElement): Promise<void> {
  const [program, record, buffers] = await Promise.all(
    ["program", "record", "buffers"].map(unpacked),
  );
  const saved: Saved = JSON.parse(new TextDecoder().decode(record));
  const code = URL.createObjectURL(new Blob([program ?? ""], { type: "text/javascript" }));
  const { default: widget } = await import(code);
  language = String(saved.traits.language);
  const bytes = new Uint8Array(buffers ?? new ArrayBuffer(0));
  const answers = new Answers(saved, bytes, () => tell("page_method"));
  const traits = { ...saved.traits, texts: saved.texts[language] };
  const model = new SavedModel(traits, answers, saved.facts.samples, tell);
  const stage = h("div");
  place.replaceChildren(bar(model, saved), stage);
  widget.render({ model, el: stage });
}

/** What the page is, and how it looks. */
function bar(model: SavedModel, { facts, texts }: Saved): HTMLElement {
  const [what, how] = [h("strong"), h("span")];
  const words = h("p", {}, what, " ", how);
  const theme = choice(THEMES, String(model.get("theme")));
  const tongue = choice(Object.keys(LANGUAGES), language);
  const speak = () => {
    document.documentElement.lang = language;
    const counts = { samples: facts.samples.length, total: facts.total, saved: facts.saved };
    setText(what, `${tell("page_saved", counts)} · ${tell("page_holds", counts)}.`);
    setText(how, tell("page_how"));
    name(
      theme,
      tell("page_theme"),
      THEMES.map((each) => tell(`page_${each}`)),
    );
    name(tongue, tell("page_language"), Object.values(LANGUAGES));
  };
  theme.addEventListener("change", () => {
    document.documentElement.dataset.theme = theme.value;
    model.set("theme", theme.value);
  });
  tongue.addEventListener("change", () => {
    language = tongue.value;
    speak();
    model.set("language", language);
    model.set("texts", texts[language]);
  });
  document.documentElement.dataset.theme = theme.value;
  speak();
  return h("header", { class: "kv-saved" }, words, theme, tongue);
}

function choice(values: readonly string[], chosen: string): HTMLSelectElement {
  const select = h("select", {}, ...values.map((value) => h("option", { value })));
  select.value = chosen;
  return select;
}

function name(select: HTMLSelectElement, label: string, options: string[]): void {
  select.setAttribute("aria-label", label);
  select.title = label;
  for (const [i, text] of options.entries()) {
    const option = select.options[i];
    if (option) setText(option, text);
  }
}

const place = document.getElementById("page");
if (place)
  open(place).catch((error: unknown) => {
    setText(place, tell("page_failed", { reason: String(error) }));
    throw error;
  });
