/**
 * `npm run demo [-- --runtime runc] [-- --keep] [-- --kill-seed N]`: one pod's life on a test node of its own, told as it
 * happens, with a census of what it left behind. This is the part outside of the node: it starts it and counts.
 */
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  compare,
  daemonFiles,
  nodeFolders,
  settle,
  takeCensus,
  tell,
  tellKept,
  type Census,
  type Leftovers,
} from "../census/census.ts";
import { optionsOf } from "../options.ts";
import { startTestNode, type TestNode } from "../test-node.ts";
import { temporary, troupe } from "./place.ts";

const { values, refuse } = optionsOf("npm run demo -- [--runtime crun|runc] [--keep] [--kill-seed N]", {
  runtime: { type: "string", default: "crun" },
  keep: { type: "boolean", default: false },
  "kill-seed": { type: "string" },
});
if (!["crun", "runc"].includes(values.runtime)) refuse(`--runtime is crun or runc, not "${values.runtime}"`);
if (process.getuid?.() !== 0) {
  console.error("troupe: the demo needs root, for a test node's namespaces: run it as root");
  process.exit(77);
}

const begun = performance.now();
const colour = process.stdout.isTTY && !process.env["NO_COLOR"];
const name = `troupe-demo-${process.pid}`;
const hostFolders = ["/run", "/var/lib/troupe", "/var/lib/cni", "/tmp"];
const onHost = () => takeCensus({ folders: hostFolders });
const hostBefore = onHost();

const node: TestNode = startTestNode(
  name,
  [
    process.execPath,
    fileURLToPath(new URL("inside.ts", import.meta.url)),
    "--runtime",
    values.runtime,
    ...(values.keep ? ["--keep"] : []),
    ...(colour ? ["--colour"] : []),
    ...(values["kill-seed"] === undefined ? [] : ["--kill-seed", values["kill-seed"]]),
  ],
  { stdio: ["ignore", "pipe", "pipe", "pipe"], env: { TMPDIR: temporary } },
);
node.child.stdout?.pipe(process.stdout);
node.child.stderr?.pipe(process.stderr);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => node.end());

const control = node.child.stdio[3];
if (!(control instanceof Duplex)) throw new Error("descriptor 3 of a test node is no socket");

let before: Census = [];
let inNode: Leftovers | undefined;
let marks: readonly string[] = [];
let keptAddress: string | undefined;

interface Question {
  readonly census?: "before" | "after";
  readonly marks?: readonly string[];
  readonly kept?: string;
}
const isQuestion = (value: unknown): value is Question => typeof value === "object" && value !== null;

const insideOf = () => takeCensus({ inside: node.init() ?? -1, folders: nodeFolders });

const answer = async (question: Question): Promise<void> => {
  if (question.census === "before") before = insideOf();
  if (question.census === "after") {
    marks = question.marks ?? [];
    inNode = await settle(() => compare(before, insideOf(), { marks, own: daemonFiles }));
  }
  if (question.kept !== undefined) keptAddress = question.kept;
  control.write("done\n");
};

const conversation = (async () => {
  for await (const line of createInterface({ input: control })) {
    const question: unknown = JSON.parse(line);
    if (isQuestion(question)) await answer(question);
    if (keptAddress !== undefined) return;
  }
})();

/** What the whole demo left: on its node while that was there, and on the host after it. */
const conclude = async (isOver: boolean): Promise<number> => {
  const traces = isOver ? [...marks, name] : marks;
  const host = await settle(() =>
    compare(hostBefore, onHost(), { marks: traces, only: ["interfaces", "firewall rules"] }),
  );
  const left = [
    ...(inNode?.left ?? []),
    ...host.left.map((thing) => ({ ...thing, text: `on the host: ${thing.text}` })),
  ];
  console.log(`\n${tell(left)}`);
  console.log(tellKept(inNode?.kept ?? []));
  if (left.length > 0) return 1;
  console.log(`demo: ok (${values.runtime}, ${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  return 0;
};

const howToUse = (): string => {
  const enter = `nsenter -t ${node.init()} -m -u -i -n -p -C`;
  const runDir = `--run-dir /proc/${node.init()}/root/run/troupe`;
  return [
    `\nthe node stays, with troupe serve and a pod at ${keptAddress}`,
    `  enter it:  ${enter}`,
    `  its page:  ${enter} wget -qO- http://${keptAddress}/`,
    `  ask it:    ${troupe} explain demo ${runDir}    (and tree, top, history demo)`,
    `  see it:    ${troupe} ui ${runDir}`,
    `  save it:   ${troupe} record -o demo.html ${runDir}; ${troupe} replay demo.html`,
    `  end it:    kill -9 ${node.init()}`,
  ].join("\n");
};

const lives = await Promise.race([conversation.then(() => keptAddress !== undefined), node.ended.then(() => false)]);
if (lives) {
  process.exitCode = await conclude(false);
  console.log(howToUse());
  process.exit();
}
const status = await node.ended;
await conversation;
if (inNode === undefined || status !== 0) {
  console.log(`demo: failed (${values.runtime})`);
  process.exitCode = 1;
} else process.exitCode = await conclude(true);
