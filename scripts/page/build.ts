/** Makes the page that `troupe ui` serves and recordings are made of: dist/page/, one file of each kind. */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chartsNow } from "../../src/inspect/charts.ts";
import { drawnCharts } from "./layout.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = join(root, "src", "inspect", "page");

/** The layout takes seconds and changes with the charts alone: it is kept by what it is made of. */
const drawn = async (): Promise<string> => {
  const charts = chartsNow();
  const how = readFileSync(new URL("layout.ts", import.meta.url));
  const sum = createHash("sha256").update(how).update(JSON.stringify(charts)).digest("hex").slice(0, 16);
  const kept = join(root, ".cache", `charts-${sum}.json`);
  if (!existsSync(kept)) writeFileSync(kept, JSON.stringify(await drawnCharts(charts)));
  return readFileSync(kept, "utf8");
};

/** Text that ends no script element. */
const inScript = (text: string): string => text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
const sumOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * The page as one file, for recordings (src/inspect/template.ts): the recording goes in front of its script, and what is read
 * without a script where the page will be. It asks nobody for anything.
 */
const wholePage = (style: string, script: string, charts: string): string => {
  const code = inScript(script);
  const policy = `default-src 'none'; style-src ${sumOf(style)}; script-src ${sumOf(code)}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Recording of a Troupe node</title>
<style>${style}</style>
</head>
<body>
<div id="page"><main>
<!-- plain -->
</main></div>
<!-- recording -->
<script type="application/json" id="drawn">${charts.replaceAll("<", "\\u003c")}</script>
<script>${code}</script>
</body>
</html>
`;
};

/** Answers the page as one file. */
export const buildPage = async (out: string): Promise<string> => {
  mkdirSync(out, { recursive: true });
  await build({
    entryPoints: { page: join(source, "main.ts"), style: join(source, "style.css") },
    outdir: out,
    absWorkingDir: root,
    bundle: true,
    format: "iife",
    platform: "browser",
    target: ["chrome116", "firefox115", "safari16.4"],
    minify: true,
    legalComments: "none",
    // XState and preact look at it.
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
  });
  for (const name of ["index.html", "icon.svg"]) copyFileSync(join(source, name), join(out, name));
  const charts = await drawn();
  writeFileSync(join(out, "charts.json"), charts);
  const read = (name: string): string => readFileSync(join(out, name), "utf8");
  const whole = wholePage(read("style.css"), read("page.js"), charts);
  writeFileSync(join(out, "recording.html"), whole);
  return whole;
};
