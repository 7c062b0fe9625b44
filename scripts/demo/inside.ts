/**
 * The demo's driver, inside of its test node: furnishes the node, then runs the steps. Descriptor 3 leads outside: a line
 * `before` or `after …` asks for the census, one line back says that it was taken.
 */
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { busyboxImage } from "../../spec/support/busybox-image.ts";
import { pushImage, startRegistry } from "../../spec/support/registry.ts";
import { daemonOf, type Daemon } from "./daemon.ts";
import { furnish, image, registryFolder, registryPort, socket } from "./place.ts";
import { perform, stageOf } from "./stage.ts";
import { marks, stay, steps } from "./steps.ts";
import { story } from "./story.ts";

const { values } = parseArgs({
  options: {
    runtime: { type: "string", default: "crun" },
    keep: { type: "boolean", default: false },
    colour: { type: "boolean", default: false },
    "kill-seed": { type: "string" },
  },
});

const outside = new Socket({ fd: 3 });
const answers = createInterface({ input: outside })[Symbol.asyncIterator]();
const ask = async (question: object): Promise<void> => {
  outside.write(`${JSON.stringify(question)}\n`);
  const { done } = await answers.next();
  if (done === true) throw new Error("the demo outside has gone");
};
// Nobody is there to see how it ends: so end, and the node with it. A node that is kept stays on purpose.
outside.once("close", () => {
  if (!values.keep) process.exit(1);
});
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const told = story((text) => process.stdout.write(text), values.colour);

const fail = (error: unknown, daemon?: Daemon): never => {
  const failure = error instanceof Error ? error : new Error(String(error));
  told.step("this step failed; so far", 0);
  told.say(`\nthe daemon's last lines:\n${daemon?.lines.map((line) => `  ${line}`).join("\n") ?? ""}`);
  told.say(`\nfailed: ${failure.stack ?? failure.message}`);
  for (let cause = failure.cause; cause instanceof Error; cause = cause.cause) told.say(`because: ${cause.message}`);
  process.exit(1);
};

const furnished = async (): Promise<string> => {
  const begun = performance.now();
  const config = furnish(values.runtime);
  const { host } = await startRegistry({ port: registryPort, dir: registryFolder });
  const [name = "", tag = ""] = image.slice(image.indexOf("/") + 1).split(":");
  await pushImage(host, name, tag, busyboxImage());
  told.step("a test node with a registry", performance.now() - begun, [`docker-registry on ${host}, ${image} pushed`]);
  return config;
};

let daemon: Daemon | undefined;
try {
  const config = await furnished();
  await ask({ census: "before" });
  daemon = daemonOf(config, socket, (transition) => told.moved(transition));
  const seed = values["kill-seed"];
  await perform(steps, daemon, told, seed === undefined ? undefined : Number(seed));
  await ask({ census: "after", marks: marks() });
  if (values.keep) {
    await ask({ kept: await stay(stageOf(daemon, told)) });
    // The daemon's log goes on being read, so that the daemon never waits for a reader.
  } else process.exit(0);
} catch (error) {
  fail(error, daemon);
}
