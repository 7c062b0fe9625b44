import assert from "node:assert/strict";
import { it } from "node:test";
import { machines } from "../../src/machines/catalogue.ts";
import { allStates, type Node } from "../support/charts.ts";

/** In the charts' order. */
const points = Object.values(machines)
  .flatMap(({ root }) => allStates(root as unknown as Node))
  .flatMap(({ id, description }) => {
    const point = /^NRI: (\w+)$/.exec(description ?? "")?.[1];
    return point === undefined ? [] : [`${point} in ${id}`];
  });

it("every hook point of NRI that has a chart has one place in it", () => {
  assert.deepEqual(points, [
    "CreateContainer in container.creating.consulting",
    "PostCreateContainer in container.creating.telling",
    "StartContainer in container.starting.consulting",
    "PostStartContainer in container.starting.telling",
    "UpdateContainer in container.updating.consulting",
    "PostUpdateContainer in container.updating.telling",
    "StopContainer in container.settling.consulting",
    "RemoveContainer in container.removing.telling",
    "RunPodSandbox in sandbox.creating.consulting",
    "StopPodSandbox in sandbox.stopping.telling",
    "RemovePodSandbox in sandbox.removing.telling",
  ]);
});
