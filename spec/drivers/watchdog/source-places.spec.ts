import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { sourcePlaces, type Place } from "../../../src/drivers/watchdog/source-places.ts";

describe("places in a bundle", () => {
  let directory = "";
  const sources = {
    "first.ts":
      "export const first = (n: number): number =>\n  n + 1;\n\n\nexport const second = (): string => `${first(41)} of first`;\n",
    "main.ts":
      'import { second } from "./first.ts";\n\nconst run = (): void => {\n  console.log(second(), "of main");\n};\nrun();\n',
  };
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "places-"));
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(directory, name), text);
    await build({
      entryPoints: [join(directory, "main.ts")],
      outfile: join(directory, "dist", "main.js"),
      bundle: true,
      format: "esm",
      sourcemap: "linked",
      minifyWhitespace: true,
      minifySyntax: true,
    });
  });
  after(() => rmSync(directory, { recursive: true }));

  const urlOf = (...path: readonly string[]): string => pathToFileURL(join(directory, ...path)).href;
  /** Where this text begins in the bundle. */
  const placeOf = (text: string): Place => {
    const lines = readFileSync(join(directory, "dist", "main.js"), "utf8").split("\n");
    const line = lines.findIndex((candidate) => candidate.includes(text));
    return { url: urlOf("dist", "main.js"), line, column: lines[line]!.indexOf(text) };
  };

  it("are told as places in the sources", async () => {
    const places = await sourcePlaces(["n+1", "first(41)", "second(),", "run()"].map(placeOf));
    assert.deepEqual(
      places.map(({ url, line }) => [url, line]),
      [
        [urlOf("first.ts"), 1],
        [urlOf("first.ts"), 4],
        [urlOf("main.ts"), 3],
        [urlOf("main.ts"), 5],
      ],
    );
  });

  it("stay what they are where there is no map, none that can be read, or none of that line", async () => {
    writeFileSync(join(directory, "broken.js.map"), "{");
    const places = [
      { url: urlOf("absent.js"), line: 3, column: 7 },
      { url: urlOf("broken.js"), line: 3, column: 7 },
      { url: urlOf("main.ts"), line: 3, column: 7 },
      { url: "node:fs", line: 3, column: 7 },
      { url: "", line: 0, column: 0 },
      { url: urlOf("dist", "main.js"), line: 1_000, column: 0 },
    ];
    assert.deepEqual(await sourcePlaces(places), places);
  });
});
