/** CNI plugins as small shell scripts, and a directory tree for a network that uses them. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseObject, type JsonObject } from "../../../src/drivers/cni/json.ts";
import type { AttachRequest } from "../../../src/drivers/cni/network.ts";
import type { SandboxId } from "../../../src/vocabulary/index.ts";

export const sandboxId = (digit: string): SandboxId => digit.repeat(64) as SandboxId;

export const attachRequest = (more: Partial<AttachRequest> = {}): AttachRequest => ({
  id: sandboxId("a"),
  netns: "/run/netns/some",
  podName: "web-0",
  podNamespace: "default",
  podUid: "0b8f",
  portMappings: [],
  annotations: {},
  cgroupParent: "",
  ...more,
});

const versions = `{"cniVersion":"1.0.0","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}`;

export interface FakeHost {
  readonly root: string;
  readonly confDir: string;
  readonly pluginDir: string;
  readonly cacheDir: string;
  /** An executable `name`; `body` runs with $request, for every command but VERSION, after the call is noted down. */
  plugin(name: string, body: string): void;
  /** A string is written as it is, all else as JSON. */
  configure(file: string, content: unknown): void;
  /** `ADD bridge`, `DEL bridge` … in the order of the calls. */
  calls(): readonly string[];
  /** What a plugin got on stdin at its last call of `command`. */
  request(name: string, command: string): JsonObject;
  environment(name: string, command: string): readonly string[];
  remove(): void;
}

/** To be removed by the spec that made it. */
export const fakeHost = (): FakeHost => {
  const root = mkdtempSync(join(tmpdir(), "troupe-cni-"));
  const [confDir, pluginDir, cacheDir] = [join(root, "net.d"), join(root, "bin"), join(root, "cache")];
  for (const dir of [confDir, pluginDir]) mkdirSync(dir);
  const log = join(root, "calls");
  return {
    root,
    confDir,
    pluginDir,
    cacheDir,
    plugin: (name, body) => {
      const note = join(root, `${name}.$CNI_COMMAND`);
      const script = `#!/bin/sh
request=$(cat)
[ "$CNI_COMMAND" = VERSION ] && { echo '${versions}'; exit; }
echo "$CNI_COMMAND ${name}" >> ${log}
printf %s "$request" > ${note}.request
env > ${note}.env
${body}
`;
      writeFileSync(join(pluginDir, name), script, { mode: 0o755 });
    },
    configure: (file, content) => {
      writeFileSync(join(confDir, file), typeof content === "string" ? content : JSON.stringify(content));
    },
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    request: (name, command) => parseObject(readFileSync(join(root, `${name}.${command}.request`), "utf8")),
    environment: (name, command) =>
      readFileSync(join(root, `${name}.${command}.env`), "utf8")
        .trim()
        .split("\n"),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
};

/** Answers this result to ADD, and nothing to the rest. */
export const answering = (result: unknown): string =>
  `[ "$CNI_COMMAND" = ADD ] && echo '${JSON.stringify(result)}'; exit 0`;

/** Answers what came as prevResult, as chained plugins do. */
export const echoing = `[ "$CNI_COMMAND" = ADD ] && printf %s "$request" | sed 's/.*"prevResult"://; s/}$//'; exit 0`;

/** Fails `command` with a CNI error, and does nothing at the others. */
export const failing = (command: string, code: number, message: string): string =>
  `if [ "$CNI_COMMAND" = ${command} ]; then echo '${JSON.stringify({ cniVersion: "1.0.0", code, msg: message })}'; exit 1; fi`;

export const oneAddress = {
  cniVersion: "1.0.0",
  interfaces: [{ name: "cni0" }, { name: "eth0", sandbox: "/run/netns/some" }],
  ips: [{ address: "10.88.0.5/16", gateway: "10.88.0.1", interface: 1 }],
  dns: {},
};
