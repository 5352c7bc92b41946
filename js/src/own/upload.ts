/** A picture from a file, dropped or pasted, at the size the model takes. */
import { h } from "../dom";
import { formatNumber } from "../draw/format";
import type { InputForm } from "../protocol.gen";
import type { Say } from "../text";
import { centreCrop, resample, toShares } from "./resample";

/** Larger ones are made this large by the browser first: a canvas has a limit. */
const MOST_SIDE = 4096;

export interface Picture {
  /** Height × width × channels, 0 … 1. */
  pixels: Float32Array;
  /** What was done to it, but for the scale. */
  steps: string;
}

export interface UploadEvents {
  picture(picture: Picture): void;
  unreadable(name: string): void;
}

/** The button; `area` takes what is dropped on it or pasted into it. */
export function uploadButton(
  form: InputForm,
  area: HTMLElement,
  say: Say,
  events: UploadEvents,
  signal: AbortSignal,
): HTMLElement {
  const file = h("input", { type: "file", accept: "image/*", class: "kv-hidden", tabindex: -1 });
  file.setAttribute("aria-label", say("own_upload"));
  const button = h("button", { type: "button", class: "kv-button", text: say("own_upload") });
  const take = (files: FileList | null | undefined) => {
    const first = files?.[0];
    if (!first) return false;
    void load(first, form, say).then(
      (picture) => !signal.aborted && events.picture(picture),
      () => !signal.aborted && events.unreadable(first.name),
    );
    return true;
  };
  button.addEventListener("click", () => file.click(), { signal });
  file.addEventListener("change", () => take(file.files) && clear(file), { signal });
  listenForDrops(area, take, signal);
  return h(
    "div",
    { class: "kv-own-upload" },
    file,
    button,
    h("span", { class: "kv-hint", text: say("own_drop") }),
  );
}

/** So that the same file can be chosen again. */
function clear(file: HTMLInputElement): void {
  file.value = "";
}

function listenForDrops(
  area: HTMLElement,
  take: (files: FileList | null | undefined) => boolean,
  signal: AbortSignal,
): void {
  const over = (event: DragEvent, on: boolean) => {
    event.preventDefault();
    event.stopPropagation();
    area.classList.toggle("kv-dropping", on);
  };
  area.addEventListener("dragover", (event) => over(event, true), { signal });
  area.addEventListener("dragleave", (event) => over(event, false), { signal });
  const drop = (event: DragEvent) => {
    over(event, false);
    take(event.dataTransfer?.files);
  };
  area.addEventListener("drop", drop, { signal });
  const paste = (event: ClipboardEvent) => {
    if (take(event.clipboardData?.files)) event.preventDefault();
  };
  area.addEventListener("paste", paste, { signal });
}

async function load(file: File, form: InputForm, say: Say): Promise<Picture> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const shrink = Math.min(1, MOST_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * shrink));
  canvas.height = Math.max(1, Math.round(height * shrink));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("This browser has no canvas.");
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  const box = centreCrop(canvas.width, canvas.height, form.width, form.height);
  const rgb = resample(data, canvas.width, box, form.width, form.height);
  const cut = { width: Math.round(box.width / shrink), height: Math.round(box.height / shrink) };
  return {
    pixels: toShares(rgb, form.channels),
    steps: stepsOf({ width, height }, cut, form, say),
  };
}

interface Size {
  width: number;
  height: number;
}

/** "640 × 480 → centre crop 480 × 480 → 28 × 28, grey". */
export function stepsOf(whole: Size, cut: Size, form: InputForm, say: Say): string {
  const steps = [sizeText(whole)];
  if (cut.width !== whole.width || cut.height !== whole.height) {
    steps.push(say("own_crop", { size: sizeText(cut) }));
  }
  if (cut.width !== form.width || cut.height !== form.height) steps.push(sizeText(form));
  const grey = form.channels === 1 ? `, ${say("own_grey")}` : "";
  return steps.join(" → ") + grey;
}

function sizeText({ width, height }: Size): string {
  return `${width} × ${height}`;
}

/** "0 – 255", "−1 … 1": what black and white are for the model. */
export function rangeText({ low, high }: InputForm): string {
  return `${formatNumber(low)} ${low < 0 ? "…" : "–"} ${formatNumber(high)}`;
}
