import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { bundles } from "../../../src/drivers/oci/bundle-directory.ts";
import { readHost } from "../../../src/drivers/oci/host.ts";
import type { ContainerSecurity } from "../../../src/vocabulary/index.ts";
import { inTestNode } from "../../support/in-test-node.ts";
import { containerConfig, containerSecurity, execId, sandboxConfig } from "./support/builders.ts";
import { never, workbench, type Workbench } from "./support/workbench.ts";

const annotation = "run.oci.seccomp_bpf_data";
const runtimeDefault: ContainerSecurity["seccomp"] = { type: "runtimeDefault", localhostRef: "" };

/** What a program finds: its filters; two personalities, of which the default profile allows one; a directory; a FIFO. */
const TRIES = [
  "grep -E '^(NoNewPrivs|Seccomp|Seccomp_filters):' /proc/self/status",
  "busybox linux32 echo 32-bit",
  "busybox linux64 -R echo unrandomized 2>&1",
  "busybox mkdir /tmp/d$$ 2>&1 && echo directory",
  "busybox mkfifo /tmp/f$$ 2>&1 && echo FIFO",
].join("; ");

interface Observed {
  readonly handedBack: string | undefined;
  readonly bpf: Buffer | undefined;
  readonly ofInit: string;
  readonly byExec: string;
}

describe("crun with a filter that it compiled before", inTestNode, () => {
  let bench: Workbench;
  let count = 0;
  before(async () => {
    bench = await workbench("crun");
    assert.ok(bench.runtime.filters, `crun ${bench.runtime.version} is not one that is handed filters`);
  });
  after(() => bench.dispose());

  const started = async (security: Partial<ContainerSecurity>, from = bench): Promise<Observed> => {
    const name = `c${(count += 1)}`;
    const config = containerConfig({
      command: ["sleep", "1000"],
      security: containerSecurity(security),
      annotations: { [annotation]: "AAAA" },
    });
    const sandbox = sandboxConfig({ annotations: { [annotation]: "AAAA" } });
    const wanted = bench.request(name, { config, sandbox, filters: from.runtime.filters });
    const { pid } = await from.create(wanted);
    await from.runtime.start(wanted.id, never);
    const file = await from.store.writeProcess(wanted.id, execId("try"), ["sh", "-c", TRIES]);
    const { output } = await from.run(from.runtime.exec(wanted.id, execId("try"), file));
    const byExec = await output;
    const written: { annotations: Record<string, string> } = JSON.parse(
      readFileSync(bench.at(`bundles/${name}/config.json`), "utf8"),
    );
    const bpf = bench.at(`oci/crun/${name}/seccomp.bpf`);
    return {
      handedBack: written.annotations[annotation],
      bpf: existsSync(bpf) ? readFileSync(bpf) : undefined,
      ofInit: (
        readFileSync(`/proc/${pid}/status`, "utf8").match(/^(NoNewPrivs|Seccomp|Seccomp_filters):.*$/gm) ?? []
      ).join(),
      byExec: byExec.replaceAll(/[df]\d+'/g, "…'"),
    };
  };
  const alike = (compiled: Observed, handed: Observed): void => {
    assert.equal(compiled.handedBack, undefined);
    assert.ok(compiled.bpf && compiled.bpf.length > 0);
    assert.equal(handed.handedBack, compiled.bpf.toString("base64"));
    assert.deepEqual({ ...handed, handedBack: undefined }, compiled);
  };
  const profile = (name: string, more: object = {}): ContainerSecurity["seccomp"] => {
    const rule = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errno: "ENOTTY" };
    writeFileSync(bench.at(name), JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule], ...more }));
    return { type: "localhost", localhostRef: bench.at(name) };
  };

  /** Rules that no other spec has taught. */
  const marked = (errnoRet: number) => ({
    syscalls: [
      { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errno: "ENOTTY" },
      { names: ["kcmp"], action: "SCMP_ACT_ERRNO", errnoRet },
    ],
  });

  it("gives containers the very filter of the default profile, with and without no_new_privs", async () => {
    const first = await started({ seccomp: runtimeDefault });
    alike(first, await started({ seccomp: runtimeDefault }));
    assert.match(first.ofInit, /NoNewPrivs:\t0,Seccomp:\t2,Seccomp_filters:\t1/);
    assert.match(first.byExec, /32-bit\nlinux64: .*\ndirectory\nFIFO\n$/);
    const bound = await started({ seccomp: runtimeDefault, noNewPrivs: true });
    assert.deepEqual(bound.bpf, first.bpf);
    assert.equal(bound.handedBack, first.bpf?.toString("base64"));
    assert.match(bound.ofInit, /NoNewPrivs:\t1,Seccomp:\t2,Seccomp_filters:\t1/);
    assert.equal(bound.byExec, first.byExec.replace("NoNewPrivs:\t0", "NoNewPrivs:\t1"));
    const free = await started({});
    assert.match(free.byExec, /Seccomp_filters:\t0\n32-bit\nunrandomized\ndirectory\nFIFO\n$/);
    assert.deepEqual([free.handedBack, free.bpf], [undefined, undefined]);
  });

  for (const noNewPrivs of [false, true])
    it(`gives containers the very filter of a node's profile, ${noNewPrivs ? "with" : "without"} no_new_privs`, async () => {
      const seccomp = profile(`mine-${noNewPrivs}.json`, marked(noNewPrivs ? 1 : 2));
      const first = await started({ seccomp, noNewPrivs });
      alike(first, await started({ seccomp, noNewPrivs }));
      assert.match(first.byExec, /mkdir: .*\nFIFO\n$/);
    });

  it("follows a profile that changes under its name, and the capabilities that it depends on", async () => {
    const before = await started({ seccomp: profile("changing.json") });
    const rule = { names: ["mknod", "mknodat"], action: "SCMP_ACT_ERRNO" };
    const after = await started({ seccomp: profile("changing.json", { syscalls: [rule] }) });
    assert.equal(after.handedBack, undefined);
    assert.match(after.byExec, /directory\nmkfifo: .*not permitted\n$/);
    assert.match(before.byExec, /mkdir: .*\nFIFO\n$/);
    const plain = await started({ seccomp: runtimeDefault });
    const admin = await started({ seccomp: runtimeDefault, addCapabilities: ["SYS_ADMIN"] });
    assert.notDeepEqual(admin.bpf, plain.bpf);
    assert.match(admin.byExec, /Seccomp_filters:\t1\n32-bit\n/);
  });

  it("compiles a profile with flags as ever", async () => {
    const seccomp = profile("flags.json", { flags: ["SECCOMP_FILTER_FLAG_LOG"] });
    for (const time of [1, 2]) assert.equal((await started({ seccomp })).handedBack, undefined, String(time));
  });

  it("lets containers that start together each compile, to the same bytes", async () => {
    const seccomp = profile("together.json", marked(3));
    const together = await Promise.all([1, 2, 3].map(() => started({ seccomp })));
    const filters = new Set(together.map(({ bpf }) => bpf?.toString("base64")));
    assert.equal(filters.size, 1);
    assert.ok(filters.has((await started({ seccomp })).handedBack));
  });

  it("is handed them by a later daemon too", async () => {
    const { bpf } = await started({ seccomp: runtimeDefault });
    const later = await bench.later();
    const store = bundles({ bundleDir: bench.at("bundles"), host: readHost(bench.cgroups.facts) });
    const { handedBack } = await started({ seccomp: runtimeDefault }, { ...bench, runtime: later, store });
    assert.equal(handedBack, bpf?.toString("base64"));
  });
});

describe("runc", inTestNode, () => {
  it("is handed no filter, for it would not heed it", async () => {
    const bench = await workbench("runc");
    try {
      assert.equal(bench.runtime.filters, undefined);
    } finally {
      await bench.dispose();
    }
  });
});
