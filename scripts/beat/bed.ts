/** The place of the beat: a test bed whose tools have gates before them, and whose network maps host ports too. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { crun, runc, testBed, type TestBed } from "../../spec/support/test-bed.ts";
import { useNetwork } from "../../spec/support/scripted-plugin.ts";
import { makeGate, type Gate } from "./gate.ts";

const PLUGINS = ["bridge", "host-local", "portmap"];
const PLUGIN_DIR = "/usr/lib/cni";

export interface BeatBed {
  readonly bed: TestBed;
  readonly gate: Gate;
}

export const beatBed = async (): Promise<BeatBed> => {
  const place = "/run/e2e-beat";
  const wrappers = join(place, "plugins");
  mkdirSync(wrappers, { recursive: true });
  const plugins = Object.fromEntries(PLUGINS.map((name) => [name, join(PLUGIN_DIR, name)]));
  const gate = makeGate({ wrappers, state: join(place, "logs", "gates"), tools: { crun, runc, ...plugins } });
  const handlers = { crun: join(wrappers, "crun"), runc: join(wrappers, "runc") };
  const bed = await testBed({ name: "beat", handlers });
  await useNetwork(bed, [{ type: "portmap", capabilities: { portMappings: true } }]);
  return { bed, gate };
};
