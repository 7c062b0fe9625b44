/** `troupe wipe` about a test bed, and the pods that it is to take away. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { initOf } from "../../scripts/demo/witness.ts";
import { NamespaceMode } from "../../src/grpc/messages/security.ts";
import { troupe } from "./command.ts";
import { monitorOf } from "./daemon.ts";
import { eventually, type Pod } from "./kubelet.ts";
import type { TestBed } from "./test-bed.ts";

const ids = [{ container_id: 0, host_id: 200_000, length: 65_536 }];
const ownUsers = { mode: NamespaceMode.POD, uids: ids, gids: ids };
const shared = { security_context: { namespace_options: { pid: NamespaceMode.POD, userns_options: ownUsers } } };

/** Nothing is left, by what it says, by what one sees, and by `troupe check`. */
export const wiped = async ({ place, daemon }: TestBed, ...options: readonly string[]): Promise<void> => {
  const { status, text, complaint } = await troupe(place, "wipe", ...options);
  assert.deepEqual([status, complaint], [0, ""], text);
  assert.match(text, /^removed: \d+; nothing of Troupe is left\n$/);
  assert.ok(!existsSync(daemon.runDir));
  assert.equal(monitorOf(daemon), undefined);
  const networks = "/var/lib/cni/networks";
  const names = [
    ...readdirSync(networks).flatMap((name) => readdirSync(`${networks}/${name}`)),
    ...readdirSync("/run/netns"),
  ];
  assert.deepEqual(
    names.filter((name) => /^\d|^troupe-/.test(name)),
    [],
  );
  assert.deepEqual(await troupe(place, "check"), {
    status: 0,
    text: "sandboxes: 0, containers: 0; all is accounted for\n",
    complaint: "",
  });
};

export interface TwoPods {
  readonly pods: readonly Pod[];
  /** Processes of the containers that run. */
  readonly inits: readonly number[];
}

/**
 * `plain` with `app` that runs, beside an image, and one that has ended; and `shared` with users of its own, an infra process
 * and `app`.
 */
export const twoPods = async ({ kubelet, image }: TestBed): Promise<TwoPods> => {
  const plain = await kubelet.runPod(kubelet.podConfig("plain"));
  const beside = await kubelet.runPod(kubelet.podConfig("shared", { linux: shared }));
  const mounts = [{ container_path: "/image", readonly: true, image: { image } }];
  await kubelet.run(plain, "app", "exec sleep 9001", { mounts });
  await kubelet.run(beside, "app", "exec sleep 9002", { linux: shared });
  await kubelet.exited(await kubelet.run(plain, "ended", "exit 3"));
  const inits = [
    await eventually("the process of plain", 5000, () => initOf("sleep\u00009001")),
    await eventually("the process of shared", 5000, () => processOf("sleep\u00009002\u0000")),
  ];
  return { pods: [plain, beside], inits };
};

const processOf = (commandLine: string): number | undefined =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8") === commandLine;
      } catch {
        return false; // it has ended
      }
    });
