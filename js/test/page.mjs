// `node test/page.mjs` bundles the dev page into test/.cache/ and serves it: every view over a fake
// kernel. `--once` only writes the files (for screenshots).
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { options } from "../build.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, ".cache");
const page = {
  entryPoints: { page: join(HERE, "page.ts"), widget: join(HERE, "..", "src", "styles.css") },
  outdir: OUT,
  minify: false,
};

await mkdir(OUT, { recursive: true });
await copyFile(join(HERE, "page.html"), join(OUT, "index.html"));
if (process.argv.includes("--once")) {
  await esbuild.build(options(page));
} else {
  const context = await esbuild.context(options(page));
  const { port } = await context.serve({ servedir: OUT, host: "127.0.0.1" });
  console.log(`http://127.0.0.1:${port}/?theme=light&layer=conv2d`);
}
