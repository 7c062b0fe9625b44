/**
 * Bundles Troupe into dist/: `troupe.js` from src/cli/main.ts, and beside it every second program that a source names by
 * `program("name", import.meta.url)`. All outputs lie flat in dist/, so that `program` finds them there too; the page is in dist/page/.
 * A bundle starts in half the time of the sources and takes 25 MB less; what is installed, the demo and the bench run it.
 *
 * `--without-recorder DIR` builds another one into DIR that records nothing, for the bench to tell what recording costs.
 */
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, type Plugin } from "esbuild";
import { chartsSum } from "../src/composition/charts-sum.ts";
import { buildPage } from "./page/build.ts";
import { writtenCoders } from "./proto/coders.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");
const { values: options } = parseArgs({ options: { "without-recorder": { type: "string" } } });
const out = options["without-recorder"] ?? join(root, "dist");
const fresh = join(root, ".cache", `dist-${process.pid}`);
const former = join(root, ".cache", `dist-former-${process.pid}`);

const sources = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join(source, file));

/** The programs that sources start beside themselves, by their flat name in dist/. */
const secondPrograms = (): Map<string, string> => {
  const programs = new Map<string, string>();
  for (const file of sources) {
    for (const [, name] of readFileSync(file, "utf8").matchAll(/\bprogram\("([\w./-]+)", import\.meta\.url\)/g)) {
      const entry = join(dirname(file), `${name}.ts`);
      if (name!.includes("/")) throw new Error(`${file}: program("${name}") is not beside its caller: dist/ is flat`);
      if (!sources.includes(entry)) throw new Error(`${file}: program("${name}") names no source (${entry})`);
      if (name === "troupe" || (programs.get(name!) ?? entry) !== entry)
        throw new Error(`two programs are called ${name}: dist/ is flat`);
      programs.set(name!, entry);
    }
  }
  return programs;
};

/**
 * Node's own modules by `require`. An `import` of one reads each of its exports, and so loads what is behind those that are
 * made when first asked for: `node:http` brings a whole undici for its WebSocket, 3 MiB in the daemon and in the monitor.
 * So only those have a name here that are there already. They are read once: as a CommonJS module each file that imports one
 * would get a copy of its own, of getters.
 */
const asAskedFor = (path: string): string => {
  const all = Object.entries(Object.getOwnPropertyDescriptors(createRequire(import.meta.url)(path) as object));
  const there = all.filter(([name, property]) => "value" in property || madeAtOnce.has(name)).map(([name]) => name);
  const exported = there.filter((name) => /^[A-Za-z]\w*$/.test(name) && name !== "default");
  return `const it = require("${path}"); export default it; export const { ${exported.join(", ")} } = it;`;
};

/** Names of what is made when first asked for, costs little, and is imported by a package. */
const madeAtOnce = new Set(["aborted"]);

const builtinsAsAskedFor: Plugin = {
  name: "builtins-as-asked-for",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      return kind === "require-call" ? { path, external: true } : { path, namespace: "builtin" };
    });
    onLoad({ filter: /^/, namespace: "builtin" }, ({ path }) => ({ contents: asAskedFor(path) }));
  },
};

/**
 * koffi's native half, which is all of it: what loads it first looks into Node's binary for the C library that it is linked with,
 * some 7 ms of each start, and the Node that the lockfile pins is glibc's. It stays outside, for it is a library.
 */
const nativeKoffi: Plugin = {
  name: "native-koffi",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^koffi$/ }, ({ path, kind }) =>
      kind === "require-call" ? { path, external: true } : { path, namespace: "native" },
    );
    onLoad({ filter: /^/, namespace: "native" }, () => ({
      contents: `let it;
        try { it = require(\`@koromix/koffi-linux-\${process.arch}/linux_\${process.arch}/koffi.node\`); }
        catch { it = require("koffi"); }
        export default it;`,
    }));
  },
};

/** The contract as it comes out, in place of what makes it (src/grpc/coders.ts). */
const codersWrittenOut: Plugin = {
  name: "coders-written-out",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/src\/grpc\/coders\.ts$/ }, () => ({ contents: writtenCoders(), loader: "js" })),
};

/** A sum over the charts as it comes out, in place of what reckons it (src/composition/charts-sum.ts). */
const chartsSummed: Plugin = {
  name: "charts-summed",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/src\/composition\/charts-sum\.ts$/ }, () => ({
      contents: `export const chartsSum = () => "${chartsSum()}";`,
      loader: "js",
    })),
};

/** The page that goes through a recording, in place of one without a script (src/inspect/template.ts). */
const playerPut = (page: string): Plugin => ({
  name: "player-put",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/src\/inspect\/template\.ts$/ }, () => ({
      contents: `export const template = ${JSON.stringify(page)};`,
      loader: "js",
    })),
});

/** A recorder that is told everything and keeps nothing (src/inspect/recorder.ts). */
const nothingRecorded: Plugin = {
  name: "nothing-recorded",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/src\/inspect\/recorder\.ts$/ }, () => ({
      contents: `export class Recorder {
        seq = 0; note() {} noteOutside() {} took() {} settled() {} refuse() {} gone() {} flush() {} }`,
      loader: "js",
    })),
};

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
// Written first: a source that is edited while we build is newer than this, and set-up builds again.
writeFileSync(join(fresh, ".built"), "");
try {
  const page = await buildPage(join(fresh, "page"));
  await build({
    entryPoints: { troupe: join(source, "cli", "main.ts"), ...Object.fromEntries(secondPrograms()) },
    outdir: fresh,
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node26",
    entryNames: "[name]",
    chunkNames: "chunk-[hash]",
    sourcemap: "linked",
    // V8 keeps the text of what it runs: half of it is layout and comments. Names stay, for stack traces and profiles, but not
    // by `keepNames`, which gives each function a property: 2 MiB.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "external",
    // For services of gRPC's own that are never offered.
    external: ["@grpc/proto-loader"],
    // 64-bit integers go without: at each start it would be compiled for them, some milliseconds and a megabyte.
    define: { WebAssembly: "undefined" },
    plugins: [
      builtinsAsAskedFor,
      nativeKoffi,
      codersWrittenOut,
      chartsSummed,
      playerPut(page),
      ...(options["without-recorder"] === undefined ? [] : [nothingRecorded]),
    ],
    // What the plugin makes and CommonJS packages within the bundle call `require` for Node's own modules.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    logLevel: "warning",
  });
} catch (error) {
  rmSync(fresh, { recursive: true, force: true });
  throw error;
}

// The former bundle goes as a whole, so that no one ever sees half of each.
rmSync(former, { recursive: true, force: true });
try {
  renameSync(out, former);
} catch (error) {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
renameSync(fresh, out);
rmSync(former, { recursive: true, force: true });
console.error(`build: ${relative(root, out)}/${basename("troupe.js")}`);
