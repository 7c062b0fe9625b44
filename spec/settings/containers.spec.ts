import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { containerSettings } from "../../src/composition/container-settings.ts";
import { readSettings, type Settings } from "../../src/settings.ts";

const dir = mkdtempSync(join(tmpdir(), "settings-"));
after(() => rmSync(dir, { recursive: true }));
const read = (text: string): Settings => {
  const file = join(dir, "troupe.toml");
  writeFileSync(file, `[troupe.runtime]\n${text}`);
  return readSettings(file, { systemd: false });
};
const refused = (text: string, message: RegExp): void => assert.throws(() => read(text), { code: "Invalid", message });

describe("settings of containers", () => {
  it("are CRI-O's defaults where the operator says nothing", () => {
    const { containers } = read("");
    assert.deepEqual(containers.allowedDevices, ["/dev/fuse", "/dev/net/tun"]);
    assert.deepEqual(containers.cdiSpecDirs, ["/etc/cdi", "/var/run/cdi"]);
    assert.deepEqual([containers.capabilities, containers.ulimits, containers.sysctls], [undefined, {}, {}]);
    assert.equal(containers.apparmorProfile, "troupe-default");
  });

  it("take limits as docker writes them, and none for -1", () => {
    const { ulimits } = read('default_ulimits = ["nofile=1024:4096", "memlock=-1", "core=0:-1"]').containers;
    assert.deepEqual(ulimits, {
      RLIMIT_NOFILE: { soft: 1024, hard: 4096 },
      RLIMIT_MEMLOCK: { soft: Infinity, hard: Infinity },
      RLIMIT_CORE: { soft: 0, hard: Infinity },
    });
    refused('default_ulimits = ["files=1"]', /default_ulimits has "files=1"; it is to be NAME=SOFT/);
    refused('default_ulimits = ["nofile=2:1"]', /soft limit is above the hard one/);
  });

  it("turn unprivileged ports and ping into sysctls, which default_sysctls can change", () => {
    const both = "enable_unprivileged_ports = true\nenable_unprivileged_icmp = true\n";
    assert.deepEqual(read(both).containers.sysctls, {
      "net.ipv4.ip_unprivileged_port_start": "0",
      "net.ipv4.ping_group_range": "0 2147483647",
    });
    const list = 'default_sysctls = ["net.ipv4.ping_group_range=0 0"]';
    assert.equal(read(both + list).containers.sysctls["net.ipv4.ping_group_range"], "0 0");
    refused(
      'default_sysctls = ["net.core.somaxconn"]',
      /default_sysctls has "net.core.somaxconn"; it is to be NAME=VALUE/,
    );
  });

  it("take devices as HOST:CONTAINER:rwm, and paths that are absolute", () => {
    const { additionalDevices } = read('additional_devices = ["/dev/fuse", "/dev/a:/dev/b:r", "/dev/c:rw"]').containers;
    assert.deepEqual(additionalDevices, [
      { hostPath: "/dev/fuse", containerPath: "/dev/fuse", permissions: "rwm" },
      { hostPath: "/dev/a", containerPath: "/dev/b", permissions: "r" },
      { hostPath: "/dev/c", containerPath: "/dev/c", permissions: "rw" },
    ]);
    refused('additional_devices = ["fuse"]', /additional_devices has "fuse"/);
    refused('hooks_dir = ["hooks.d"]', /hooks_dir has "hooks.d", which is no absolute path/);
  });

  it("of a handler: annotations that it obeys, and whether a privileged container sees the host's devices", () => {
    const { handlers } = read(`default_runtime = "crun"
      [troupe.runtime.runtimes.crun]
      allowed_annotations = ["devices.crio.io"]
      privileged_without_host_devices = true`);
    assert.deepEqual(handlers, [
      { name: "crun", allowedAnnotations: ["devices.crio.io"], privilegedWithoutHostDevices: true },
    ]);
    refused(
      '[troupe.runtime.runtimes.crun]\nallowed_annotations = "a"',
      /allowed_annotations is to be a list of strings/,
    );
  });

  it("reach the driver with capabilities in the kernel's names, an empty list being none", () => {
    const of = (text: string) => containerSettings(read(text)).defaultCapabilities;
    assert.equal(of(""), undefined);
    assert.deepEqual(of("default_capabilities = []"), []);
    assert.deepEqual(of('default_capabilities = ["chown", "CAP_KILL"]'), ["CAP_CHOWN", "CAP_KILL"]);
    assert.throws(() => of('default_capabilities = ["ROOT"]'), { message: /capability "ROOT" is not known/ });
  });

  it("read mounts.conf where the distribution has it, unless another file is named", () => {
    assert.deepEqual(containerSettings(read("")).mountsFiles, [
      "/etc/containers/mounts.conf",
      "/usr/share/containers/mounts.conf",
    ]);
    assert.deepEqual(containerSettings(read('default_mounts_file = "/m"')).mountsFiles, ["/m"]);
  });
});
