import { describe } from "node:test";
import { inTestNode } from "../support/in-test-node.ts";
import { sweptAtRandom } from "../support/swept.ts";

describe("nothing is lost, nothing is left, and what is said is clear when a disk refuses at", inTestNode, () => {
  sweptAtRandom(["fault", "monitor"]);
});
