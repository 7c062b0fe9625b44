/** Options for a `describe` whose specs touch the kernel for real: they run in a test node, and say so elsewhere. */
export const inTestNode = process.env["TROUPE_TEST_NODE"]
  ? {}
  : { skip: "needs a test node: sh scripts/test-node.sh sh scripts/node.sh --test FILE (as root)" };
