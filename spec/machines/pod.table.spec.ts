/**
 * State × event, every cell decided: `→` it goes on to another state, `n` it is noted and acted on later, `i` it is
 * ignored on purpose, `-` it is refused (a command) or cannot come. A new transition is added here too, on purpose.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { machines } from "../../src/machines/catalogue.ts";
import { tableOf, type Node } from "../support/charts.ts";

const tables = {
  container: {
    events: ["start", "update", "checkpoint", "stop", "remove", "exited"],
    table: `
                            start  update  checkpoint  stop  remove  exited
choosing                    -      -       -           -     -       n
resuming.settlingTools      -      -       -           n     n       n
resuming.choosing           -      -       -           n     n       n
resuming.askingRuntime      -      -       -           n     n       n
resuming.looking            -      -       -           n     n       n
resuming.resting            -      -       -           n     n       n
resuming.committingCreated  -      -       -           n     n       n
resuming.committingRunning  -      -       -           n     n       n
resuming.comparing          -      -       -           n     n       n
resuming.deciding           -      -       -           n     n       n
creating.intending          -      -       -           n     n       n
creating.mounting           -      -       -           n     n       n
creating.consulting         -      -       -           n     n       n
creating.bundling           -      -       -           n     n       n
creating.spawning           -      -       -           n     n       n
creating.committing         -      -       -           n     n       n
creating.telling            -      -       -           n     n       n
created                     →      →       -           →     →       n
starting.intending          n      -       -           n     n       n
starting.consulting         n      -       -           n     n       n
starting.spawning           n      -       -           n     n       n
starting.committing         n      -       -           n     n       n
starting.telling            n      -       -           n     n       n
running                     -      →       →           →     →       n
updating.intending          -      -       -           n     n       n
updating.consulting         -      -       -           n     n       n
updating.applying           -      -       -           n     n       n
updating.restoring          -      -       -           n     n       n
updating.committing         -      -       -           n     n       n
updating.telling            -      -       -           n     n       n
updating.returning          -      -       -           n     n       n
checkpointing.writing       -      -       -           n     n       n
stopping.intending          -      -       -           n     n       n
stopping.asking             -      -       -           n     n       n
stopping.resting            -      -       -           →     →       n
stopping.noting             -      -       -           n     n       n
stopping.waiting            -      -       -           →     →       n
stopping.forcing            -      -       -           n     n       n
stopping.dying              -      -       -           n     n       n
stopping.looking            -      -       -           n     n       n
settling.draining           -      -       -           n     n       n
settling.committing         -      -       -           n     n       n
settling.consulting         -      -       -           n     n       n
settling.resting            -      -       -           →     →       n
settling.acknowledging      -      -       -           n     n       n
stopped                     -      -       -           i     →       →
removing.intending          -      -       -           n     n       n
removing.settlingTools      -      -       -           n     n       n
removing.deleting           -      -       -           n     n       n
removing.clearing           -      -       -           n     n       n
removing.closing            -      -       -           n     n       n
removing.unbundling         -      -       -           n     n       n
removing.unmounting         -      -       -           n     n       n
removing.telling            -      -       -           n     n       n
removing.forgetting         -      -       -           n     n       n
removing.resting            -      -       -           →     →       n
removed                     -      -       -           -     -       n`,
  },
  sandbox: {
    events: ["stop", "remove", "attached", "attachFailed", "detached", "emptied", "cleared", "exited"],
    table: `
                                    stop  remove  attached  attachFailed  detached  emptied  cleared  exited
choosing                            -     -       i         i             i         i        i        n
resuming.looking                    n     n       i         i             i         i        i        n
resuming.resting                    n     n       i         i             i         i        i        n
resuming.deciding                   n     n       i         i             i         i        i        n
creating.intending                  n     n       n         n             i         i        i        n
creating.pinning                    n     n       n         n             i         i        i        n
creating.preparing                  n     n       n         n             i         i        i        n
creating.furnishing                 n     n       n         n             i         i        i        n
creating.startingInfra.bundling     n     n       n         n             i         i        i        n
creating.startingInfra.creating     n     n       n         n             i         i        i        n
creating.startingInfra.starting     n     n       n         n             i         i        i        n
creating.attaching                  n     n       n         n             i         i        i        n
creating.consulting                 n     n       n         n             i         i        i        n
creating.committing                 n     n       n         n             i         i        i        n
ready                               →     →       i         i             i         i        i        n
stopping.intending                  n     n       i         i             i         i        i        n
stopping.emptying                   n     n       i         i             i         →        i        n
stopping.telling                    n     n       i         i             i         i        i        n
stopping.endingInfra.deleting       n     n       i         i             i         i        i        n
stopping.endingInfra.clearing       n     n       i         i             i         i        i        n
stopping.endingInfra.closing        n     n       i         i             i         i        i        n
stopping.endingInfra.unbundling     n     n       i         i             i         i        i        n
stopping.endingInfra.resting        →     →       i         i             i         i        i        n
stopping.detaching                  n     n       i         i             →         i        i        n
stopping.unpinning                  n     n       i         i             i         i        i        n
stopping.committing                 n     n       i         i             i         i        i        n
stopping.resting                    →     →       i         i             i         i        i        n
stopped                             i     →       i         i             i         i        i        n
removing.intending                  n     n       i         i             i         i        i        n
removing.clearing                   n     n       i         i             i         i        →        n
removing.endingInfra.choosing       n     n       i         i             i         i        i        n
removing.endingInfra.settlingTools  n     n       i         i             i         i        i        n
removing.endingInfra.deleting       n     n       i         i             i         i        i        n
removing.endingInfra.clearing       n     n       i         i             i         i        i        n
removing.endingInfra.closing        n     n       i         i             i         i        i        n
removing.endingInfra.unbundling     n     n       i         i             i         i        i        n
removing.endingInfra.resting        →     →       i         i             i         i        i        n
removing.detaching                  n     n       i         i             →         i        i        n
removing.unpinning                  n     n       i         i             i         i        i        n
removing.cleaning                   n     n       i         i             i         i        i        n
removing.clearingCgroup             n     n       i         i             i         i        i        n
removing.telling                    n     n       i         i             i         i        i        n
removing.forgetting                 n     n       i         i             i         i        i        n
removing.resting                    →     →       i         i             i         i        i        n
removed                             -     -       i         i             i         i        i        n`,
  },
  attachment: {
    events: ["detach"],
    table: `
                detach
choosing        i
resuming        i
deciding        i
intending       i
queued          i
adding          i
committing      i
attached        →
failing         i
queuedToDelete  i
deleting        i
forgetting      i
resting         →
detached        i`,
  },
} as const;

for (const [name, { events, table }] of Object.entries(tables))
  it(`${name} takes, notes, ignores and refuses what its table says`, () => {
    const { root } = machines[name as keyof typeof tables];
    assert.equal(`\n${tableOf(root as unknown as Node, events)}`, table);
  });
