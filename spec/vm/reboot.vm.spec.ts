/**
 * A node under the shipped units that is rebooted in order. This file runs in both boots: in the first it runs a pod and reboots
 * the machine, in the second it looks at what is left. It comes before all others that share its machine, see `specsIn`.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bootId } from "../../src/drivers/linux/clock.ts";
import { criClient, type CriClient } from "../../src/grpc/client.ts";
import { busyboxImage } from "../support/busybox-image.ts";
import { troupe } from "../support/command.ts";
import { eventually, hostNetwork, Kubelet } from "../support/kubelet.ts";
import { pushImage, startRegistry } from "../support/registry.ts";
import { freePort } from "../support/test-bed.ts";
import { podCgroup } from "./support/cgroup.ts";
import { inVm } from "./support/in-vm.ts";
import { installUnits, removeUnits, systemctl } from "./support/units.ts";

/** On the disk: /run goes with the boot. */
const place = "/root/reboot";
const socket = "/run/reboot.sock";
const marker = join(place, "first-boot.json");
const kept = join(place, "kept");

interface FirstBoot {
  readonly bootId: string;
  readonly image: string;
  readonly podId: string;
}

const settings = (registry: string): string =>
  `[troupe]\nroot = "${place}/root"\nrunroot = "/run/reboot"\n[troupe.api]\nlisten = "${socket}"\n` +
  `[troupe.runtime]\ncgroup_manager = "systemd"\n[troupe.network]\nnetwork_dir = "${place}/net.d"\n` +
  `[troupe.image]\ninsecure_registries = ["${registry}"]\n`;

const linux = (parent: string): object => ({
  cgroup_parent: parent,
  security_context: { namespace_options: hostNetwork },
});

const ready = (kubelet: Kubelet): Promise<unknown> =>
  eventually("a runtime that is ready", 60_000, async () => (await kubelet.isReady("RuntimeReady")).ok || undefined);

const firstBoot = async (): Promise<never> => {
  mkdirSync(kept, { recursive: true });
  const registry = await startRegistry({ port: await freePort(), dir: join(place, "registry") });
  await pushImage(registry.host, "busybox", "reboot", busyboxImage());
  writeFileSync(join(place, "troupe.toml"), settings(registry.host));
  installUnits(join(place, "troupe.toml"), "/run/reboot");
  systemctl("start", "troupe.service");
  const client = criClient(socket);
  const image = `${registry.host}/busybox:reboot`;
  const kubelet = new Kubelet(() => client, { logs: join(place, "logs"), image });
  await ready(kubelet);
  await client.call("PullImage", { image: { image } }, { deadlineMs: 300_000 });
  const { parent } = podCgroup("systemd", "reboot");
  const pod = await kubelet.runPod(kubelet.podConfig("pod", { linux: linux(parent) }));
  const script = "trap 'echo asked > /kept/end; exit 0' TERM; echo up > /kept/begin; while :; do sleep 0.1; done";
  await kubelet.run(pod, "app", script, {
    linux: { security_context: { namespace_options: hostNetwork } },
    mounts: [{ container_path: "/kept", host_path: kept }],
  });
  await eventually("its begin", 60_000, () => existsSync(join(kept, "begin")) || undefined);
  writeFileSync(marker, JSON.stringify({ bootId: bootId(), image, podId: pod.id } satisfies FirstBoot));
  systemctl("--no-block", "reboot");
  return new Promise(() => setTimeout(() => {}, 2 ** 31 - 1)); // systemd ends us
};

const secondBoot = async (before: FirstBoot): Promise<void> => {
  assert.notEqual(bootId(), before.bootId);
  assert.equal(readFileSync(join(kept, "end"), "utf8"), "asked\n");
  const client: CriClient = criClient(socket);
  const kubelet = new Kubelet(() => client, { logs: join(place, "logs"), image: before.image });
  const cgroup = podCgroup("systemd", "reboot");
  try {
    systemctl("start", "troupe.service");
    await ready(kubelet);
    assert.deepEqual((await client.call("ListPodSandbox", {})).items, []);
    assert.deepEqual((await client.call("ListContainers", {})).containers, []);
    assert.ok((await client.call("ImageStatus", { image: { image: before.image } })).image);
    const { status, text, complaint } = await troupe(place, "check");
    assert.equal(status, 0, `${text}${complaint}`);
    // Of the same name and attempt; its image is on the disk, and no registry is there.
    const pod = await kubelet.runPod(kubelet.podConfig("pod", { linux: linux(cgroup.parent) }));
    assert.notEqual(pod.id, before.podId);
    const app = await kubelet.run(pod, "app", "sleep 1000", {
      linux: { security_context: { namespace_options: hostNetwork } },
    });
    assert.equal(await kubelet.shell(app, "echo reached"), "reached");
    await kubelet.endPod(pod);
  } finally {
    client.close();
    removeUnits();
    cgroup.remove();
    for (const directory of [place, "/run/reboot"]) rmSync(directory, { recursive: true });
  }
};

describe("a node that reboots in order", inVm, () => {
  it("asks its containers to end, knows in its next boot that they are of the past, and has its images", () =>
    existsSync(marker) ? secondBoot(JSON.parse(readFileSync(marker, "utf8")) as FirstBoot) : firstBoot());
});
