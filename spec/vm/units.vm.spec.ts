/** Troupe as systemd runs it on a node: the shipped units, restarted, stopped and killed under containers. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { criClient, type CriClient } from "../../src/grpc/client.ts";
import { MountPropagation } from "../../src/grpc/messages/container-config.ts";
import { ContainerState } from "../../src/grpc/messages/container.ts";
import { busyboxImage } from "../support/busybox-image.ts";
import { eventually, hostNetwork, Kubelet, type Pod } from "../support/kubelet.ts";
import { pushImage, startRegistry } from "../support/registry.ts";
import { freePort } from "../support/test-bed.ts";
import { cgroupOf, podCgroup, type PodCgroup } from "./support/cgroup.ts";
import { inVm } from "./support/in-vm.ts";
import { initOf } from "./support/init-of.ts";
import { installUnits, propertyOf, removeUnits, systemctl, type Unit } from "./support/units.ts";

const place = "/run/units";
const socket = join(place, "cri.sock");
const config = join(place, "troupe.toml");

describe("the units that are shipped", inVm, () => {
  let registry: Awaited<ReturnType<typeof startRegistry>>;
  let client: CriClient;
  let kubelet: Kubelet;
  let cgroup: PodCgroup;
  let pod: Pod;
  let id: string;
  let pid: number;

  before(async () => {
    mkdirSync(join(place, "net.d"), { recursive: true });
    registry = await startRegistry({ port: await freePort(), dir: join(place, "registry") });
    await pushImage(registry.host, "busybox", "units", busyboxImage());
    writeFileSync(
      config,
      `[troupe]\nroot = "/root/units"\nrunroot = "${place}/run"\n[troupe.api]\nlisten = "${socket}"\n` +
        `[troupe.runtime]\ncgroup_manager = "systemd"\n[troupe.network]\nnetwork_dir = "${place}/net.d"\n` +
        `[troupe.image]\ninsecure_registries = ["${registry.host}"]\n`,
    );
    installUnits(config, join(place, "run"));
    cgroup = podCgroup("systemd", "units");
    kubelet = new Kubelet(() => client, { logs: join(place, "logs"), image: `${registry.host}/busybox:units` });
  });
  after(async () => {
    try {
      await kubelet.endPod(pod);
    } finally {
      client.close();
      removeUnits();
      await registry.stop();
      cgroup.remove();
      for (const directory of [place, "/root/units"]) rmSync(directory, { recursive: true });
    }
  });

  const connect = (): void => {
    client?.close();
    client = criClient(socket);
  };
  const mainOf = (unit: Unit): number => Number(propertyOf(unit, "MainPID"));
  /** The same first process, known, reached by a command, and not one of its lines lost. */
  const livesOn = async (): Promise<void> => {
    connect();
    assert.equal(initOf("counts-for-units"), pid);
    await eventually("commands in the container", 30_000, async () => {
      const { ok } = await kubelet.isReady("RuntimeReady");
      return ok || undefined;
    });
    assert.equal((await kubelet.status(id)).state, ContainerState.CONTAINER_RUNNING);
    assert.equal(await kubelet.shell(id, "echo reached"), "reached");
    const last = kubelet.log(pod, "app").length;
    await eventually("more lines", 30_000, () => kubelet.log(pod, "app").length > last || undefined);
    const lines = kubelet.log(pod, "app");
    assert.deepEqual(
      lines,
      lines.map((_, n) => String(n)),
    );
  };
  /** Of a unit whose main process has gone: the next one. */
  const another = (unit: Unit, former: number): Promise<number> =>
    eventually(`another main process of ${unit}`, 30_000, () => {
      const main = mainOf(unit);
      return main > 0 && main !== former && propertyOf(unit, "ActiveState") === "active" ? main : undefined;
    });

  it("are active when the CRI is served, and run a container in a scope of its own below the pod's slice", async () => {
    systemctl("start", "troupe.service");
    connect();
    assert.equal((await client.call("Version", {}, {})).runtime_name, "troupe");
    assert.equal(propertyOf("troupe-monitor.service", "ActiveState"), "active");
    const security = { privileged: true, namespace_options: hostNetwork }; // else it may not mount
    const linux = { cgroup_parent: cgroup.parent, security_context: security };
    await client.call("PullImage", { image: { image: `${registry.host}/busybox:units` } }, { deadlineMs: 300_000 });
    pod = await kubelet.runPod(kubelet.podConfig("pod", { linux }));
    const script = `: counts-for-units; i=0; while :; do echo $i; i=$((i + 1)); sleep 0.5; done`;
    mkdirSync(join(place, "shared"));
    id = await kubelet.run(pod, "app", script, {
      linux: { security_context: security },
      mounts: [
        {
          container_path: "/shared",
          host_path: join(place, "shared"),
          propagation: MountPropagation.PROPAGATION_BIDIRECTIONAL,
        },
      ],
    });
    pid = initOf("counts-for-units");
    assert.ok(cgroupOf(pid).startsWith(`${cgroup.path}/troupe-${id}.scope`), cgroupOf(pid));
    assert.ok(cgroupOf(mainOf("troupe-monitor.service")).endsWith("/troupe-monitor.service"));
  });

  it("show the host what a container mounts with Bidirectional propagation", async () => {
    // In systemd's own mount namespace, and not only in the daemon's.
    writeFileSync(join(place, "shared", "mark"), "");
    await kubelet.shell(id, "mkdir /shared/inside && mount -t tmpfs of-the-container /shared/inside");
    assert.match(readFileSync("/proc/1/mountinfo", "utf8"), new RegExp(` ${place}/shared/inside .* of-the-container `));
    await kubelet.shell(id, "umount /shared/inside");
    assert.doesNotMatch(readFileSync("/proc/1/mountinfo", "utf8"), /of-the-container/);
  });

  it("are reloaded in order, and give each line of the journal its priority", async () => {
    const journal = (priority: string): string =>
      execFileSync("journalctl", ["-u", "troupe.service", "-o", "cat", "-p", priority], { encoding: "utf8" });
    const main = mainOf("troupe.service");
    const good = readFileSync(config, "utf8");
    writeFileSync(config, good.replace("[troupe.network]", 'default_runtime = "runc"\n[troupe.network]'));
    systemctl("reload", "troupe.service");
    const warnings = await eventually("the daemon's word", 30_000, () => {
      const said = journal("warning..warning");
      return said.includes("default_runtime") ? said : undefined;
    });
    assert.match(
      warnings,
      /^\S+ warning: troupe\.runtime\.default_runtime was "crun" and is "runc": it needs a restart/m,
    );
    assert.match(journal("info..info"), /^\S+ serving CRI v1 on /m);
    assert.equal(mainOf("troupe.service"), main);
    writeFileSync(config, good);
    await livesOn();
  });

  it("hand neither their limits, nor their score, nor a descriptor to a container or to a command in it", async () => {
    // The fourth is the directory that is read.
    const facts = "ulimit -n; cat /proc/self/oom_score_adj; cd /proc/self/fd && echo *";
    assert.equal(await kubelet.shell(id, facts), "1024\n0\n0 1 2 3");
    assert.match(readFileSync(`/proc/${pid}/limits`, "utf8"), /^Max open files +1024 /m);
    assert.equal(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim(), "0");
    assert.deepEqual(
      readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) < 10),
      ["0", "1", "2"],
    );
    assert.equal(readFileSync(`/proc/${mainOf("troupe.service")}/oom_score_adj`, "utf8").trim(), "-999");
    assert.notEqual(readlinkSync(`/proc/${pid}/ns/mnt`), readlinkSync("/proc/1/ns/mnt"));
    assert.equal(readlinkSync(`/proc/${mainOf("troupe.service")}/ns/mnt`), readlinkSync("/proc/1/ns/mnt"));
  });

  it("are restarted one after the other, and the container lives on", async () => {
    for (const unit of ["troupe.service", "troupe-monitor.service"] as const) {
      const main = mainOf(unit);
      systemctl("restart", unit);
      await another(unit, main);
      await livesOn();
    }
  });

  it("are killed with all that is in them, come back by themselves, and the container lives on", async () => {
    for (const unit of ["troupe.service", "troupe-monitor.service"] as const) {
      const main = mainOf(unit);
      systemctl("kill", "--signal=SIGKILL", unit);
      await another(unit, main);
      await eventually("the socket", 60_000, async () => {
        connect();
        return client.call("Version", {}, { deadlineMs: 5_000 }).then(
          () => true as const,
          () => undefined,
        );
      });
      await livesOn();
    }
  });

  it("are stopped, both, and started again, and the container has lived on meanwhile", async () => {
    systemctl("stop", "troupe.service", "troupe-monitor.service");
    assert.equal(initOf("counts-for-units"), pid);
    systemctl("start", "troupe.service");
    await livesOn();
  });
});
