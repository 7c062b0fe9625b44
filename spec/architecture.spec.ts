/**
 * The shape of the house: who may import whom, how long a file may be, what no file may hold, and that every file is
 * reached from somewhere. ARCHITECTURE.md says why.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { codeOf, root, sourcesIn, type Import, type Source } from "./support/sources.ts";

const leaves = ["vocabulary", "errors"];
const everything = ["*"];

/**
 * What each layer may import beside its own files. A layer is a folder of src/, or a file in it by its name; `drivers/x` is
 * one folder of the drivers. `types` are for the compiler only: nothing of them is there when the program runs.
 */
const layers: Readonly<Record<string, { may: readonly string[]; types?: readonly string[] }>> = {
  vocabulary: { may: [] },
  errors: { may: [] },
  version: { may: [] },
  machines: { may: ["xstate", ...leaves] },
  "drivers/monitor": {
    may: [
      "node:*",
      "koffi",
      "drivers/linux",
      "monitor/protocol",
      "monitor/bounds",
      "monitor/framing",
      "monitor/notes",
      ...leaves,
    ],
  },
  "drivers/streaming": { may: ["node:*", "ws", "drivers/linux", ...leaves] },
  "drivers/*": { may: ["node:*", "execa", "koffi", "p-queue", "smol-toml", "yaml", "drivers/linux", ...leaves] },
  actors: { may: ["xstate", "machines", ...leaves], types: ["drivers/*"] },
  supervisors: { may: ["xstate", "actors", "machines", ...leaves] },
  grpc: {
    may: ["@grpc/grpc-js", "protobufjs", "protobufjs/minimal.js", "prom-client", "node:*", "supervisors", ...leaves],
  },
  monitor: {
    may: ["node:*", "koffi", "drivers/linux", "drivers/logs", "drivers/oci", "drivers/cgroup", ...leaves],
  },
  // A recording is executed again, by the machines themselves.
  inspect: { may: ["xstate", "machines", ...leaves] },
  // A recording goes on in another way, in the daemon's own tree and behind its own door.
  "inspect/fork": {
    may: ["xstate", "inspect", "machines", "actors", "supervisors", "composition/recorded-system", ...leaves],
  },
  // It runs in a browser, with what is pure of all this.
  "inspect/page": { may: ["preact", "preact/hooks", "htm", "inspect", "machines", ...leaves] },
  fuzz: {
    // A stream in memory is what a client's part is made of; nothing is ever written to one.
    may: [
      "xstate",
      "fast-check",
      "node:stream",
      "machines",
      "actors",
      "supervisors",
      "composition",
      "inspect",
      "monitor",
      ...leaves,
    ],
    types: ["drivers/*"],
  },
  settings: { may: ["node:*", "smol-toml", ...leaves] },
  cli: {
    may: [
      "node:*",
      "main",
      "composition",
      "version",
      "settings",
      "grpc",
      "inspect",
      "fuzz",
      "machines",
      "monitor",
      "drivers/*",
      ...leaves,
    ],
  },
  // The composition root.
  main: { may: everything },
  composition: { may: everything },
};

const sources = sourcesIn("src");

/** `src/drivers/cni/conflist.ts` is of `drivers/cni`, `src/errors.ts` of `errors`. */
const layerOf = (path: string): string => {
  const [first = "", second = ""] = path.replace(/^src\//, "").split("/");
  if (first === "inspect" && (second === "page" || second === "fork")) return `inspect/${second}`;
  return first === "drivers" ? `drivers/${second}` : first.replace(/\.ts$/, "");
};

const rulesOf = (layer: string) => layers[layer] ?? layers[layer.replace(/\/.*/, "/*")];

const fits = (pattern: string, { specifier, file }: Import): boolean => {
  if (pattern === "*") return true;
  const open = pattern.endsWith("*");
  const whole = open ? pattern.slice(0, -1) : pattern;
  if (file === undefined) return open ? specifier.startsWith(whole) : specifier === whole;
  const inside = file.replace(/^src\//, "").replace(/\.ts$/, "");
  return open ? inside.startsWith(whole) : inside === whole || inside.startsWith(`${whole}/`);
};

const isAllowed = (source: Source, found: Import): boolean => {
  const layer = layerOf(source.path);
  if (found.file !== undefined && layerOf(found.file) === layer) return true;
  const rules = rulesOf(layer);
  const patterns = [...(rules?.may ?? []), ...(found.typeOnly ? (rules?.types ?? []) : [])];
  return patterns.some((pattern) => fits(pattern, found));
};

const none = (found: readonly string[], sentence: string): void =>
  assert.ok(found.length === 0, `${sentence}:\n  ${found.join("\n  ")}`);

describe("the layers", () => {
  it("are known, each with its rules", () => {
    const layerless = sources.map(({ path }) => path).filter((path) => rulesOf(layerOf(path)) === undefined);
    none(layerless, "these files are of no layer in the table above");
  });

  it("import only what the table lets them", () => {
    const wrong = sources.flatMap((source) =>
      source.imports
        .filter((found) => !isAllowed(source, found))
        .map((found) => `${source.path} imports ${found.typeOnly ? "types of " : ""}${found.specifier}`),
    );
    none(wrong, "these imports go against the arrow");
  });

  it("leave grpc-js to one client, so that it can be changed", () => {
    const knowing = sources.filter(({ imports }) => imports.some(({ specifier }) => specifier.startsWith("@grpc/")));
    none(
      knowing.map(({ path }) => path).filter((path) => path !== "src/grpc/client.ts"),
      "these files know grpc-js",
    );
  });

  it("keep promises behind the door: no async, no await in machines, actors and supervisors", () => {
    const waiting = sources.filter(
      ({ path, text }) =>
        /^src\/(machines|actors|supervisors)\//.test(path) &&
        /\b(async|await)\b/.test(codeOf(text, { strings: false })),
    );
    none(
      waiting.map(({ path }) => path),
      "these files wait by themselves",
    );
  });
});

/** Nothing but a folder's exports. */
const isIndex = (text: string): boolean => /^(export [*{][^;]*;\s*)+$/.test(text);

describe("a file of src", () => {
  it("has at most 250 lines, and half of them have less than 100", (test) => {
    none(
      sources.filter(({ lines }) => lines > 250).map(({ path, lines }) => `${path}: ${lines}`),
      "these files are too long",
    );
    const median = sources.map(({ lines }) => lines).toSorted((one, other) => one - other)[sources.length >> 1] ?? 0;
    test.diagnostic(`${sources.length} files, median ${median} lines`);
    assert.ok(median < 100, `the median is ${median} lines`);
  });

  it("says at its head, or above the first thing in it, what it is for", () => {
    const silent = sources.filter(({ text }) => {
      if (isIndex(text)) return false;
      const afterImports = text.replace(/^(\s*import\b[^;]*;)*\s*/, "");
      return !/^\s*\/[*/]/.test(text) && !afterImports.startsWith("/**");
    });
    none(
      silent.map(({ path }) => path),
      "these files do not say what they are for",
    );
  });

  it("is reached from a program's entry", () => {
    const ofScripts = sourcesIn("scripts").flatMap(({ imports }) => imports.flatMap(({ file }) => file ?? []));
    const entries = [
      "src/cli/main.ts",
      "src/inspect/page/main.ts",
      ...sources.flatMap(({ programs }) => programs),
      ...ofScripts,
    ];
    const reached = new Set(entries);
    const byPath = new Map(sources.map((source) => [source.path, source]));
    // A set that grows while it is walked is walked to its end.
    for (const path of reached) for (const { file } of byPath.get(path)?.imports ?? []) if (file) reached.add(file);
    none(
      sources.map(({ path }) => path).filter((path) => !reached.has(path)),
      "no program reaches these files",
    );
  });
});

describe("the house", () => {
  const all = ["src", "spec", "scripts"].flatMap(sourcesIn);

  it("has no place for things without a name", () => {
    const vague = /(^|\/)(utils?|helpers?|common|managers?|misc)(\/|\.|$)/;
    none(
      all.map(({ path }) => path).filter((path) => vague.test(path)),
      "these names say nothing",
    );
  });

  it("leaves nothing for later in a comment, and reads nothing outside of itself", () => {
    // Written so that they are not found here.
    const later = /\b(T[O]DO|FIX[M]E|X[X]X)\b|\.\.\/[s]hared\b/;
    none(
      all.filter(({ text }) => later.test(text)).map(({ path, text }) => `${path}: ${later.exec(text)?.[0]}`),
      "these files leave something undone",
    );
  });

  for (const document of ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"]) {
    it(`has each file that ${document} names`, () => {
      const text = readFileSync(join(root, document), "utf8");
      const named = text.matchAll(/`((?:src|spec|scripts|proto|bench|bin|docs|\.ci)\/[\w./-]*)`/g);
      const missing = [...named].map(([, path = ""]) => path).filter((path) => !existsSync(join(root, path)));
      none(missing, `${document} names these, and they are not there`);
    });
  }
});
