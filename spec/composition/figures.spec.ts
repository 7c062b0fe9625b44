import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { figuresOf } from "../../src/composition/figures.ts";
import { noFigures } from "../../src/fuzz/world/figures.ts";
import { emptyBooks } from "../../src/supervisors/books.ts";
import { containerView, sandboxConfigOf, sandboxView } from "../support/fake-runtime.ts";
import { summed } from "../../src/composition/summed-figures.ts";

const asked = (cgroup_parent: string, namespacePaths: Readonly<Record<string, string>> = {}) => {
  const paths: string[] = [];
  const figures = {
    ...noFigures,
    pod: (_: string, path: string) => (paths.push(path), {}),
    network: (_: string, pin: string) => (paths.push(pin), undefined),
  };
  const view = sandboxView({ config: sandboxConfigOf({ linux: { cgroup_parent } }), namespacePaths });
  figuresOf({ figures }, emptyBooks()).pod(view);
  return paths;
};

describe("where a pod's figures are read", () => {
  for (const [parent, path] of [
    ["/kubepods/burstable/podX", "/kubepods/burstable/podX"],
    ["kubepods-burstable-podX.slice", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podX.slice"],
    ["/kubepods.slice/kubepods-podX.slice", "/kubepods.slice/kubepods-podX.slice"],
  ] as const)
    it(`in the cgroup that the kubelet gave: ${parent}`, () => assert.deepEqual(asked(parent), [path]));

  it("in no cgroup of others, and in its own network alone", () => {
    assert.deepEqual(asked(""), []);
    assert.deepEqual(asked("/"), []);
    assert.deepEqual(asked("", { network: "/run/netns/x", ipc: "/run/ipc" }), ["/run/netns/x"]);
  });
});

it("a container that is in the books no more has no figures, whatever view of it somebody kept", () => {
  const figures = { ...noFigures, container: () => assert.fail("asked"), layer: () => assert.fail("asked") };
  assert.deepEqual(figuresOf({ figures }, emptyBooks()).container(containerView()), {});
});

describe("containers together", () => {
  const memory = {
    usageBytes: 10,
    workingSetBytes: 6,
    availableBytes: 5,
    rssBytes: 3,
    pageFaults: 9,
    majorPageFaults: 1,
  };

  it("are summed up, without limits and pressures, as of the last reading", () => {
    const one = {
      cpu: { atNs: "1", usageNs: 5, nanoCores: 2 },
      memory: { atNs: "1", ...memory },
      tasks: { atNs: "1", count: 2 },
    };
    const two = {
      cpu: { atNs: "2", usageNs: 6, nanoCores: 3 },
      memory: { atNs: "2", ...memory },
      swap: { atNs: "2", usageBytes: 7 },
    };
    assert.deepEqual(summed([one, {}, two]), {
      cpu: { atNs: "2", usageNs: 11, nanoCores: 5 },
      memory: { atNs: "2", usageBytes: 20, workingSetBytes: 12, rssBytes: 6, pageFaults: 18, majorPageFaults: 2 },
      swap: { atNs: "2", usageBytes: 7 },
      tasks: { atNs: "1", count: 2 },
    });
  });

  it("have no rate before each of them has one, and of none there is nothing", () => {
    const sum = summed([{ cpu: { atNs: "1", usageNs: 5, nanoCores: 2 } }, { cpu: { atNs: "2", usageNs: 6 } }]);
    assert.deepEqual(sum, { cpu: { atNs: "2", usageNs: 11 } });
    assert.deepEqual(summed([]), {});
  });
});
