// Bundles src/index.ts → ../kerasviz/static/widget.js (one ES module, everything inside: the
// widget works offline), src/styles.css → ../kerasviz/static/widget.css, the sentences of each
// language → ../kerasviz/static/en.json and zh.json, and what opens a saved page → ../kerasviz/static/page.*.
// `node build.mjs --watch` rebuilds on change; `bundle(...)` is also used by the dev page.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, "..", "kerasviz", "static");
const BUDGET_KB = 250;

/** What a module exports, found by running it now. */
async function exportsOf(path) {
  const settings = { entryPoints: [path], bundle: true, format: "esm", write: false };
  const { outputFiles } = await esbuild.build(settings);
  const code = Buffer.from(outputFiles[0].text).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** Runs the colour ramps' module now and ships what the widget needs of it: tables instead of d3. */
const ramps = {
  name: "ramps",
  setup(build) {
    build.onLoad({ filter: /draw[\\/]ramps\.ts$/ }, async ({ path }) => {
      const { RAMPS, STILL } = await exportsOf(path);
      const contents = `export const RAMPS = ${JSON.stringify(RAMPS)}, STILL = ${STILL};`;
      return { contents, loader: "js" };
    });
  },
};

/** esbuild's options for the widget; the dev page overrides entry points and output. */
export function options(overrides = {}) {
  return {
    entryPoints: { widget: join(HERE, "src", "index.ts") },
    outdir: STATIC,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    plugins: [ramps],
    ...overrides,
  };
}

const styles = {
  entryPoints: {
    widget: join(HERE, "src", "styles.css"),
    page: join(HERE, "src", "styles", "page.css"),
  },
  target: "chrome111",
};

/** What opens a saved page; the widget itself is beside it in that page. */
const page = { entryPoints: { page: join(HERE, "src", "page", "page.ts") } };

/** The sentences of each language, which Python sends where they are wanted. */
async function writeTexts() {
  for (const language of ["en", "zh"]) {
    const found = await exportsOf(join(HERE, "src", "texts", `${language}.ts`));
    await writeFile(join(STATIC, `${language}.json`), JSON.stringify(found[language]));
  }
}

async function checkBudget() {
  const { size } = await stat(join(STATIC, "widget.js"));
  const kilobytes = size / 1000;
  console.log(`widget.js ${kilobytes.toFixed(1)} kB (limit ${BUDGET_KB} kB)`);
  if (kilobytes > BUDGET_KB) {
    console.error(`widget.js is larger than ${BUDGET_KB} kB: drop a dependency or split the view.`);
    process.exitCode = 1;
  }
}

async function main() {
  await mkdir(STATIC, { recursive: true });
  await writeTexts();
  if (process.argv.includes("--watch")) {
    const contexts = await Promise.all([
      esbuild.context(options()),
      esbuild.context(options(styles)),
      esbuild.context(options(page)),
    ]);
    await Promise.all(contexts.map((context) => context.watch()));
    console.log("watching src/ …");
    return;
  }
  await Promise.all([options(), options(styles), options(page)].map((each) => esbuild.build(each)));
  await checkBudget();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
