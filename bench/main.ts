/**
 * `npm run bench [-- --only CASE,…] [--full] [--json] [--phases]`: Troupe beside its peers, on a test node of their own. This
 * is the part outside of the node: it installs the peer, starts the node, counts what is left behind, and writes RESULTS.md.
 */
import { execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { compare, daemonFiles, nodeFolders, settle, takeCensus, tell, type Census } from "../scripts/census/census.ts";
import { startTestNode } from "../scripts/test-node.ts";
import { documentOf, textOf } from "./support/document.ts";
import { machineOf } from "./support/machine.ts";
import { optionsIn } from "./support/options.ts";
import { linesOf, type Outcome } from "./support/results.ts";

const args = process.argv.slice(2);
const options = (() => {
  try {
    return optionsIn(args);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
})();
if (process.getuid?.() !== 0) {
  console.error("troupe: the bench needs root, for a test node's namespaces: run it as root");
  process.exit(77);
}
if (!options.phases)
  for (const peer of ["containerd.sh", "conmon.sh"])
    execFileSync("sh", [fileURLToPath(new URL(`support/${peer}`, import.meta.url))], { stdio: "inherit" });

const machine = machineOf();
const node = startTestNode(
  `troupe-bench-${process.pid}`,
  [process.execPath, fileURLToPath(new URL("inside.ts", import.meta.url)), ...args],
  { stdio: ["ignore", 2, 2, "pipe"] },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => node.end());
const control = node.child.stdio[3];
if (!(control instanceof Duplex)) throw new Error("descriptor 3 of a test node is no socket");

interface Question {
  readonly census?: "before" | "after";
  readonly outcome?: Outcome;
}

let before: Census = [];
let outcome: Outcome | undefined;
let census = "";

/** What a containerd keeps between two lives, wherever its configuration puts the rest. */
const peersFiles = [/^\/run\/containerd(\/(runc(\/k8s\.io)?|s))?$/];

const insideOf = (): Census => takeCensus({ inside: node.init() ?? -1, folders: nodeFolders });

const conversation = (async () => {
  for await (const line of createInterface({ input: control })) {
    const question = JSON.parse(line) as Question;
    if (question.census === "before") before = insideOf();
    if (question.census === "after")
      census = tell((await settle(() => compare(before, insideOf(), { own: [...daemonFiles, ...peersFiles] }))).left);
    if (question.outcome) outcome = question.outcome;
    control.write("done\n");
  }
})();

const status = await node.ended;
await conversation;
if (!outcome || status !== 0) {
  console.error("bench: failed");
  process.exit(1);
}
const lines = linesOf(outcome);
const everything = options.only.length === 0;
const command = ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
if (everything) {
  const date = new Date().toISOString().slice(0, 10);
  const document = documentOf({ command, machine, outcome, lines, census, date });
  writeFileSync(new URL("RESULTS.md", import.meta.url), await format(document, { parser: "markdown" }));
}
if (options.json) for (const line of lines) console.log(JSON.stringify(line));
else console.log(textOf(lines, outcome, !everything));
console.error(census);
for (const fault of outcome.faults) console.error(`fault: ${fault}`);
if (everything) console.error("bench: written to bench/RESULTS.md");
process.exitCode = outcome.faults.length > 0 ? 1 : 0;
