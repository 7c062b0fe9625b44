/** Builds a tool of cri-tools with the Go that this machine has, and keeps it in the user's cache under its version. */
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { criToolsVersion, placeOf, type CriTool } from "./place.ts";

const oldest = [1, 24] as const;

/** There is no Go here, or none that is new enough: what needs the tool is skipped with these words. */
export class NoGo extends Error {}

const go = (args: readonly string[], cwd?: string): SpawnSyncReturns<string> =>
  spawnSync("go", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const checkGo = (tool: CriTool): void => {
  const [, major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(go(["env", "GOVERSION"]).stdout ?? "") ?? []).map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  const here = major === 0 ? "there is none here" : `here is ${major}.${minor}`;
  throw new NoGo(`${tool} needs Go ${oldest.join(".")} or newer to be built; ${here}`);
};

/** critest is a test program; the other is an ordinary one. */
const verbs: Readonly<Record<CriTool, readonly string[]>> = { crictl: ["build"], critest: ["test", "-c"] };

/** Its path; some minutes where it is not there yet. Throws NoGo. */
export const buildTool = (tool: CriTool): string => {
  const place = placeOf(tool);
  if (existsSync(place)) return place;
  checkGo(tool);
  // Not `go install`: beyond the module it asks its proxy which versions there are, and a mirror may not say.
  const found = go(["mod", "download", "-json", `sigs.k8s.io/cri-tools@${criToolsVersion}`]);
  if (found.status !== 0)
    throw new Error(`the sources of ${tool} ${criToolsVersion} cannot be fetched: ${found.stdout}`);
  const { Dir: sources } = JSON.parse(found.stdout) as { readonly Dir: string };
  mkdirSync(dirname(place), { recursive: true });
  const fresh = `${place}-${process.pid}`;
  const ldflags = `-s -w -X sigs.k8s.io/cri-tools/pkg/version.Version=${criToolsVersion}`;
  const built = go([...verbs[tool], "-trimpath", "-ldflags", ldflags, "-o", fresh, `./cmd/${tool}`], sources);
  if (built.status !== 0) throw new Error(`the build of ${tool} from ${sources} failed`);
  renameSync(fresh, place);
  return place;
};
