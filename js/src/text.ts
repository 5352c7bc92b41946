/** What is said on the screen. No sentence is in the bundle: Python sends those of the language that is wanted. */
import type { en } from "./texts/en";

export type Texts = typeof en;
export type TextKey = keyof Texts;

export type Say = (key: TextKey, values?: Record<string, string | number>) => string;

/** A name that Python chose: translated where the table has it, else read as words. */
export function wordOf(say: Say, key: string): string {
  const text = say(key as TextKey);
  return text === key ? key.replaceAll("_", " ") : text;
}

/** What the axes of an array are: "height × width × channel". */
export function axesText(say: Say, axes: readonly string[]): string {
  return axes.map((axis) => wordOf(say, axis).toLowerCase()).join(" × ");
}

/** A text that Python chose: translated where the table has it, else to the letter, as paths of layers are. */
export function textOf(say: Say, key: string): string {
  return say(key as TextKey);
}

/** Speaks the texts of a language; what they lack is said by its key. */
export function speaker(texts: Partial<Texts>): Say {
  return (key, values = {}) => {
    const text = (Object.hasOwn(texts, key) && texts[key]) || key;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  };
}
