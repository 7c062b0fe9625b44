import { describe } from "node:test";
import { inTestNode } from "../support/in-test-node.ts";
import { sweptAtRandom } from "../support/swept.ts";

describe("nothing is lost and nothing is left when the daemon dies at", inTestNode, () => {
  sweptAtRandom(["life", "start", "power"]);
});
