/**
 * `npm run crictl`: builds crictl with the Go that this machine has, for the specs that let a real client speak; they are
 * skipped where it was never built. Kept in the user's cache under its version. 77: there is no Go here, or none that is new enough.
 */
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { crictl, crictlVersion } from "./crictl/place.ts";

const SKIPPED = 77;
const oldest = [1, 24] as const;

const go = (args: readonly string[], cwd?: string): SpawnSyncReturns<string> =>
  spawnSync("go", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

const end = (status: number, text: string): never => {
  console.error(`crictl: ${text}`);
  process.exit(status);
};

if (existsSync(crictl)) end(0, crictl);
const [, major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(go(["env", "GOVERSION"]).stdout ?? "") ?? []).map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
  end(
    SKIPPED,
    `needs Go ${oldest.join(".")} or newer; ${major === 0 ? "there is none here" : `here is ${major}.${minor}`}`,
  );

// Not `go install`: beyond the module it asks its proxy which versions there are, and a mirror may not say.
const found = go(["mod", "download", "-json", `sigs.k8s.io/cri-tools@${crictlVersion}`]);
if (found.status !== 0) end(1, `the sources of crictl ${crictlVersion} cannot be fetched: ${found.stdout}`);
const { Dir: sources } = JSON.parse(found.stdout) as { readonly Dir: string };
mkdirSync(dirname(crictl), { recursive: true });
const fresh = `${crictl}-${process.pid}`;
const ldflags = `-s -w -X sigs.k8s.io/cri-tools/pkg/version.Version=${crictlVersion}`;
const built = go(["build", "-trimpath", "-ldflags", ldflags, "-o", fresh, "./cmd/crictl"], sources);
if (built.status !== 0) end(1, `the build of ${sources} failed`);
renameSync(fresh, crictl);
end(0, crictl);
