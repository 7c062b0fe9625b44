/**
 * State × event, every cell decided: `→` it goes on to another state, `n` it is noted and acted on later, `i` it is
 * ignored on purpose, `-` it is refused (a command) or cannot come. A new transition is added here too, on purpose.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { machines } from "../../src/machines/catalogue.ts";
import { tableOf, type Node } from "../support/charts.ts";

const tables = {
  "image-pull": {
    events: ["cancel"],
    table: `
                cancel
choosing        n
queued          n
resolving       n
fetching        n
queuedToUnpack  n
unpacking       n
committing      i
discarding      i
resting         i
pulled          n
failed          n
cancelled       n`,
  },
  exec: {
    events: ["execExited", "cancel"],
    table: `
            execExited  cancel
choosing    n           n
preparing   n           n
spawning    n           n
running     n           n
hangingUp   n           n
killing     n           n
dying       n           n
collecting  n           n
cleaning    n           n
resting     n           n
ended       n           n`,
  },
  attach: {
    events: ["detached", "inputEnded", "cancel"],
    table: `
              detached  inputEnded  cancel
choosing      n         n           n
preparing     n         n           n
joining       n         n           n
attached      n         n           n
closingInput  n         n           n
leaving       n         n           n
resting       n         n           n
ended         n         n           n`,
  },
  daemon: {
    events: ["recovered", "close"],
    table: `
            recovered  close
recovering  →          →
opening     i          i
serving     i          →
closing     i          i
closed      i          -`,
  },
  "monitor-link": {
    events: ["lost", "upgrade"],
    table: `
            lost  upgrade
connecting  i     -
connected   →     →
upgrading   i     i
resting     i     -`,
  },
  network: {
    events: ["changed"],
    table: `
          changed
watching  i
deciding  →
ready     →
notReady  →`,
  },
  scribe: {
    events: ["storeFailed"],
    table: `
         storeFailed
writing  n`,
  },
} as const;

for (const [name, { events, table }] of Object.entries(tables))
  it(`${name} takes, notes, ignores and refuses what its table says`, () => {
    const { root } = machines[name as keyof typeof tables];
    assert.equal(`\n${tableOf(root as unknown as Node, events)}`, table);
  });
