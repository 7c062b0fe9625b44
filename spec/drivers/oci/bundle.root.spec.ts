import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { BundleRequest } from "../../../src/drivers/oci/bundle.ts";
import type { ContainerConfig, ContainerSecurity } from "../../../src/vocabulary/index.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import {
  bytes,
  containerConfig,
  containerSecurity,
  containerUser,
  execId,
  hostNamespaces,
  imageConfig,
  resourcesOf,
  sandboxConfig,
} from "./support/builders.ts";
import { never, workbench, type Workbench } from "./support/workbench.ts";

const runtimeDefault: ContainerSecurity["seccomp"] = { type: "runtimeDefault", localhostRef: "" };

for (const handler of ["crun", "runc"])
  describe(`a bundle under ${handler}`, inTestNode, () => {
    let bench: Workbench;
    before(async () => {
      bench = await workbench(handler);
    });
    after(() => bench.dispose());

    let count = 0;
    const next = () => `c${(count += 1)}`;
    /** All that a container's program printed, from create to its end. */
    const printed = async (config: Partial<ContainerConfig>, more: Partial<BundleRequest> = {}): Promise<string> => {
      const wanted = bench.request(next(), { config: containerConfig(config), ...more });
      const { output } = await bench.create(wanted);
      await bench.runtime.start(wanted.id, never);
      return output;
    };
    const script = (text: string): Partial<ContainerConfig> => ({ command: ["sh", "-c", text] });

    it("runs the pod's command with the image's environment under the pod's", async () => {
      const image = imageConfig({ env: ["A=image", "B=image"], entrypoint: ["ignored"], workingDir: "/work" });
      const envs = [{ key: "B", value: bytes("größer = 1") }];
      const text = await printed(
        { ...script('echo "$A,$B,$HOSTNAME,$HOME"; pwd; cat /proc/self/comm'), envs },
        { image },
      );
      assert.equal(text, "image,größer = 1,web,/root\n/work\ncat\n");
    });

    it("runs the image's command as the image's user, with the groups of its /etc/group", async () => {
      const image = imageConfig({ entrypoint: ["id"], user: "ana" });
      assert.equal(await printed({}, { image }), "uid=1000(ana) gid=1000(ana) groups=29(audio),1000(ana)\n");
    });

    it("gives a strict user only the groups that the pod names", async () => {
      const user = containerUser({ uid: 1000, gid: 5, supplementalGroups: [7], groupsPolicy: "strict" });
      const text = await printed({ command: ["id", "-G"], security: containerSecurity({ user }) });
      assert.equal(text, "5 7\n");
    });

    it("gives CRI-O's capabilities, none of them inheritable, and with ALL no more than we have", async () => {
      const caps = script("grep ^Cap /proc/self/status");
      const plain = await printed(caps);
      assert.match(
        plain,
        /CapInh:\s+0{16}\nCapPrm:\s+00000000000005fb\nCapEff:\s+00000000000005fb\nCapBnd:\s+00000000000005fb/,
      );
      const ours = /CapBnd:\s+(\w+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
      const all = await printed({ ...caps, security: containerSecurity({ addCapabilities: ["ALL"] }) });
      assert.match(all, new RegExp(`CapEff:\\s+${ours}\nCapBnd:\\s+${ours}`));
    });

    it("filters system calls by the default profile, and sets no_new_privs when told", async () => {
      const status = script("grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status; mount -t tmpfs none /tmp 2>&1");
      const filtered = await printed({
        ...status,
        security: containerSecurity({ seccomp: runtimeDefault, noNewPrivs: true }),
      });
      assert.match(filtered, /NoNewPrivs:\s+1\nSeccomp:\s+2\nmount: .*(not permitted|denied)/);
      assert.match(await printed(status), /NoNewPrivs:\s+0\nSeccomp:\s+0\n/);
    });

    it("reads a profile of the node, and refuses a broken one by name", async () => {
      const profile = bench.at("profile.json");
      const rule = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errno: "ENOTTY" };
      writeFileSync(profile, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }));
      const security = containerSecurity({ seccomp: { type: "localhost", localhostRef: profile } });
      assert.match(await printed({ ...script("busybox mkdir /tmp/x 2>&1"), security }), /Not a tty|ioctl/i);
      writeFileSync(profile, "{");
      await assert.rejects(printed({ ...script("true"), security }), {
        code: "Invalid",
        message: /profile\.json is not JSON/,
      });
    });

    it("hides masked paths and makes read-only what is to be so", async () => {
      const security = containerSecurity({
        maskedPaths: ["/proc/keys", "/etc/group"],
        readonlyPaths: ["/proc/sys", "/etc"],
      });
      const text = await printed({ ...script("cat /etc/group; touch /etc/x 2>&1; ls /proc/keys"), security });
      assert.match(text, /^touch: .*Read-only file system\n\/proc\/keys\n$/);
    });

    it("limits open files to 1024 at first, and memory, CPU and processes by cgroup", async () => {
      const resources = resourcesOf({
        memoryLimitBytes: 64 << 20,
        cpuShares: 512,
        cpuQuota: 50_000,
        cpuPeriod: 100_000,
      });
      const wanted = bench.request(next(), {
        config: containerConfig({ ...script("ulimit -n; ulimit -Hn"), resources }),
      });
      const { output } = await bench.create(wanted);
      const { layout, facts } = bench.cgroups;
      const read = (controller: string, file: string) =>
        readFileSync(`/sys/fs/cgroup/${layout === "v2" ? "" : controller}${wanted.cgroupsPath}/${file}`, "utf8").trim();
      if (facts.controllers.has("memory"))
        assert.equal(read("memory", layout === "v2" ? "memory.max" : "memory.limit_in_bytes"), String(64 << 20));
      if (facts.controllers.has("cpu"))
        assert.equal(read("cpu", layout === "v2" ? "cpu.max" : "cpu.cfs_quota_us").split(" ")[0], "50000");
      await bench.runtime.start(wanted.id, never);
      assert.match(await output, /^1024\n\d+\n$/);
    });

    it("drops limits of huge pages where the host cannot count them, and says so", async () => {
      const hugepageLimits = [
        { pageSize: "2MB", limit: 4 << 20 },
        { pageSize: "1GB", limit: 0 },
      ];
      const config = containerConfig({ ...script("true"), resources: resourcesOf({ hugepageLimits }) });
      const { warnings } = await bench.store.write(bench.request(next(), { config }));
      const counted = bench.cgroups.facts.controllers.has("hugetlb");
      assert.deepEqual(
        warnings,
        counted ? [] : ["hugepages of 2MB are not limited: this host has no hugetlb controller"],
      );
    });

    it("sets oom_score_adj as low as this daemon may, and says so", async () => {
      const wanted = bench.request(next(), {
        config: containerConfig({
          ...script("cat /proc/self/oom_score_adj"),
          resources: resourcesOf({ oomScoreAdj: -998 }),
        }),
      });
      const { warnings } = await bench.store.write(wanted);
      const { output } = await bench.run(bench.runtime.create(wanted.id));
      await bench.runtime.start(wanted.id, never);
      const score = Number(await output);
      assert.ok(
        score === -998 || /oom_score_adj -998 was asked for, 0 is set/.test(warnings[0] ?? ""),
        `${score} ${warnings[0]}`,
      );
    });

    it("mounts the sandbox's files, and volumes over what they replace, making missing sources", async () => {
      const source = bench.at("volumes/data");
      const hosts = bench.at("own-hosts");
      writeFileSync(hosts, "192.0.2.7 mine\n");
      symlinkSync(hosts, bench.at("hosts-link"));
      const mount = { readonly: false, recursiveReadOnly: false, propagation: "private" } as const;
      const mounts = [
        { ...mount, containerPath: "/data/deep/er", hostPath: `${source}/deeper`, readonly: true },
        { ...mount, containerPath: "/data/", hostPath: source },
        { ...mount, containerPath: "/etc/hosts", hostPath: bench.at("hosts-link") },
      ];
      const text = await printed({
        ...script(
          "cat /etc/hostname /etc/resolv.conf /etc/hosts; touch /data/x; touch /data/deep/er/x 2>&1; touch /dev/shm/x",
        ),
        mounts,
      });
      assert.match(text, /^web\nnameserver 192\.0\.2\.1\n192\.0\.2\.7 mine\ntouch: .*Read-only file system\n$/);
      assert.ok(existsSync(join(source, "x")));
      assert.equal(statSync(source).mode & 0o7777, 0o755);
      assert.ok(existsSync(join(bench.at("sandbox"), "shm/x")));
    });

    it("makes a mount and what lies in it read-only when that is asked for", async () => {
      const source = bench.at("tree");
      mkdirSync(join(source, "sub"), { recursive: true });
      execFileSync("mount", ["-t", "tmpfs", "none", join(source, "sub")]);
      try {
        const tried = { ...script("touch /t/sub/x 2>&1 && echo written") };
        const mount = { containerPath: "/t", hostPath: source, readonly: true, propagation: "private" } as const;
        const only = await printed({ ...tried, mounts: [{ ...mount, recursiveReadOnly: false }] });
        const whole = await printed({ ...tried, mounts: [{ ...mount, recursiveReadOnly: true }] });
        assert.equal(only, "written\n");
        assert.match(whole, /Read-only file system/);
      } finally {
        execFileSync("umount", ["-l", join(source, "sub")]);
      }
    });

    it("lets a container mount for the host through a bidirectional volume of a privileged pod", async () => {
      const source = bench.at("shared");
      mkdirSync(source);
      execFileSync("sh", [
        "-c",
        `mount -t tmpfs none ${source} && mount --make-shared ${source} && mkdir ${source}/in`,
      ]);
      const mounts = [
        {
          containerPath: "/s",
          hostPath: source,
          readonly: false,
          recursiveReadOnly: false,
          propagation: "bidirectional",
        },
      ] as const;
      const security = containerSecurity({ privileged: true });
      try {
        await printed(
          { ...script("mount -t tmpfs none /s/in"), mounts, security },
          { sandbox: sandboxConfig({ privileged: true }) },
        );
        assert.match(readFileSync("/proc/self/mountinfo", "utf8"), new RegExp(`${source}/in `));
      } finally {
        execFileSync("umount", ["-R", "-l", source]);
      }
    });

    it("gives a privileged container the host's devices and a writable /sys, a plain one neither", async () => {
      const look = script("echo < /dev/kmsg && echo open; touch /sys/x 2>&1");
      const plain = await printed(look);
      assert.match(plain, /can't open \/dev\/kmsg/);
      assert.match(plain, /Read-only file system/);
      const privileged = await printed(
        { ...look, security: containerSecurity({ privileged: true }) },
        { sandbox: sandboxConfig({ privileged: true }) },
      );
      assert.match(privileged, /open\n/);
      assert.doesNotMatch(privileged, /Read-only file system/);
    });

    it("gives a device of the pod with its permissions", async () => {
      const devices = [{ hostPath: "/dev/fuse", containerPath: "/dev/mine", permissions: "r" }];
      const text = await printed({ ...script(": < /dev/mine && echo read; : 2>&1 > /dev/mine"), devices });
      assert.match(text, /^read\n.*\/dev\/mine: (Operation not permitted|Permission denied)/s);
    });

    it("joins the sandbox's namespaces by their pins", async () => {
      const pins = { network: bench.at("net"), ipc: bench.at("ipc"), uts: bench.at("uts") };
      for (const pin of Object.values(pins)) writeFileSync(pin, "");
      execFileSync("sh", ["-c", `mount --bind ${bench.dir} ${bench.dir} && mount --make-private ${bench.dir}`]);
      execFileSync("unshare", [
        `--net=${pins.network}`,
        `--ipc=${pins.ipc}`,
        `--uts=${pins.uts}`,
        "hostname",
        "pinned",
      ]);
      try {
        const namespaces = { ...hostNamespaces, network: "pod", ipc: "pod" } as const;
        const text = await printed(
          {
            ...script("hostname; ls -Li /proc/self/ns/net; ls -Li /proc/self/ns/ipc"),
            security: containerSecurity({ namespaces }),
          },
          { namespaces: pins, hostname: "pinned", sandbox: sandboxConfig({ namespaces }) },
        );
        const inode = (pin: string) => statSync(pin).ino;
        assert.match(text, new RegExp(`^pinned\n\\s*${inode(pins.network)} .*\n\\s*${inode(pins.ipc)} `));
      } finally {
        execFileSync("sh", ["-c", `umount ${Object.values(pins).join(" ")}; umount -l ${bench.dir}`]);
      }
    });

    it("makes the image's volumes for the container's user", async () => {
      const wanted = bench.request(next(), {
        config: containerConfig({ ...script("touch /vol/ume/x && echo mine") }),
        image: imageConfig({ user: "1000", volumes: ["/vol/ume"] }),
      });
      const { output } = await bench.create(wanted);
      await bench.runtime.start(wanted.id, never);
      assert.equal(await output, "mine\n");
    });

    it("runs an exec with the container's user and environment", async () => {
      const wanted = bench.request(next(), {
        config: containerConfig({ command: ["sleep", "1000"], envs: [{ key: "A", value: bytes("1") }] }),
        image: imageConfig({ user: "ana" }),
      });
      await bench.create(wanted);
      await bench.runtime.start(wanted.id, never);
      const file = await bench.store.writeProcess(wanted.id, "e1", [
        "sh",
        "-c",
        'echo "$A $(id -un) $(grep ^CapInh /proc/self/status)"',
      ]);
      const line = bench.runtime.exec(wanted.id, execId("e1"), file);
      const { output } = await bench.run(line);
      assert.match(await output, /^1 ana CapInh:\s+0{16}\n$/);
      assert.ok(existsSync(line.pidFile));
      await bench.store.removeProcess(wanted.id, "e1");
      for (const left of [file, line.pidFile, line.runtimeLog]) assert.equal(existsSync(left), false, left);
    });

    for (const [what, command, words] of [
      [
        "is not in the image",
        ["/no/such"],
        /is not in the image.*: .*no such file or directory|not in the image.*No such file/i,
      ],
      ["is not in PATH", ["no-such"], /the command is not in the image: .*not found in \$PATH/],
      ["is no program", ["/etc/passwd"], /is not executable: .*permission denied/i],
    ] as const)
      it(`says clearly that the command ${what}`, async () => {
        await assert.rejects(printed({ command }), { code: "Invalid", message: words });
      });
  });
