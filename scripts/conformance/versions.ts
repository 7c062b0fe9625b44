/** What a conformance run ran with. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { release } from "node:os";
import { crun, runc } from "../../spec/support/test-bed.ts";
import { version } from "../../src/version.ts";
import { criToolsVersion } from "../cri-tools/place.ts";

const firstLine = (program: string): string =>
  spawnSync(program, ["--version"], { encoding: "utf8" }).stdout.split("\n")[0]?.trim() ?? "";

/** Which hierarchies of cgroups a container gets here. */
const cgroups = (): string => (existsSync("/sys/fs/cgroup/cgroup.controllers") ? "cgroup v2" : "cgroup v1");

export interface Version {
  readonly name: string;
  readonly version: string;
}

export const versionsHere = (): readonly Version[] => [
  { name: "Troupe", version },
  { name: "critest", version: criToolsVersion },
  { name: "crun", version: firstLine(crun).replace(/^crun version /, "") },
  { name: "runc", version: firstLine(runc).replace(/^runc version /, "") },
  { name: "Linux", version: `${release()}, ${cgroups()}` },
];
