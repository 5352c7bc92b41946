/** A piece of the page as a PNG file: its elements with their styles inside an SVG, drawn twice as large. */

const SHARPNESS = 2;
const PADDING = 12;

/** Offers the picture as a download; false where the browser does not draw HTML inside SVG onto a canvas. */
export async function savePicture(element: HTMLElement, name: string): Promise<boolean> {
  const blob = await pictureOf(element);
  if (!blob) return false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name.replace(/[^\w.-]+/g, "_") || "kerasviz"}.png`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return true;
}

export async function pictureOf(element: HTMLElement): Promise<Blob | null> {
  const { width, height } = element.getBoundingClientRect();
  const [wide, tall] = [Math.ceil(width) + 2 * PADDING, Math.ceil(height) + 2 * PADDING];
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(element, wide, tall))}`;
  const canvas = document.createElement("canvas");
  try {
    await image.decode();
    canvas.width = wide * SHARPNESS;
    canvas.height = tall * SHARPNESS;
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } catch {
    return null;
  }
}

function svgOf(element: HTMLElement, width: number, height: number): string {
  const clone = styled(element) as HTMLElement;
  const page = document.createElement("div");
  const { color, fontFamily, fontSize } = getComputedStyle(element);
  Object.assign(page.style, {
    boxSizing: "border-box",
    width: `${width}px`,
    height: `${height}px`,
    padding: `${PADDING}px`,
    background: backgroundOf(element),
    color,
    fontFamily,
    fontSize,
  });
  page.append(clone);
  const body = new XMLSerializer().serializeToString(page);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><foreignObject width="100%" height="100%">${body}</foreignObject></svg>`;
}

/** The first background behind the element that is one. */
function backgroundOf(element: HTMLElement): string {
  for (let at: HTMLElement | null = element; at; at = at.parentElement) {
    const { backgroundColor } = getComputedStyle(at);
    if (!/^(transparent|rgba\(0, 0, 0, 0\))$/.test(backgroundColor)) return backgroundColor;
  }
  return "white";
}

/** A copy that needs no style sheet: every style written on its element, every canvas an image. */
function styled(source: Element): Element {
  const copy = source instanceof HTMLCanvasElement ? imageOf(source) : source.cloneNode(false);
  const target = copy as HTMLElement;
  const style = getComputedStyle(source);
  target.setAttribute(
    "style",
    Array.from(style, (name) => `${name}:${style.getPropertyValue(name)}`).join(";"),
  );
  if (source instanceof HTMLCanvasElement) return target;
  for (const child of source.childNodes) {
    if (child instanceof Element) {
      if (getComputedStyle(child).display !== "none") target.append(styled(child));
    } else target.append(child.cloneNode());
  }
  return target;
}

function imageOf(canvas: HTMLCanvasElement): HTMLImageElement {
  const image = document.createElement("img");
  if (canvas.width * canvas.height > 0) image.src = canvas.toDataURL();
  return image;
}
