/** Mutants of what recovery is told is to be: children are not listed, or their records are read without one thing. */
import type { ChildSpec } from "../../supervisors/supervisor.ts";
import type { Inventory } from "../../supervisors/tree.ts";
import type { Mutant } from "./mutant.ts";
import { CRASH, type Place } from "./reach.ts";

interface Input {
  readonly memo?: object;
}
const memoOf = ({ input }: ChildSpec): object | undefined => (input as Input).memo;

/** What an empty record would say. */
const BLANKS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  container: { n: 0, verb: null, init: null, started: false, asked: false, exit: null, deadline: null, failure: null },
  sandbox: { n: 0, verb: null, hostNetwork: false, sharesProcesses: false, infra: null, ips: [], failure: null },
  attachment: { ips: [], wanted: false },
};
const IN_POD = ["sandbox", "attachment", "container", "exec"];

const mutant = (
  operator: string,
  what: string,
  inventory: (inventory: Inventory) => Inventory,
  places?: readonly Place[],
): Mutant => ({
  id: `inventory: ${what}`,
  operator,
  inventory,
  ...(places ? { places } : {}),
});

/** Where a supervisor starts a child of this kind anew. */
const again = (kind: string): readonly Place[] => [{ kind, state: "", event: CRASH }];
/** Where an actor with a record begins. */
const begun: Readonly<Record<string, readonly Place[]>> = {
  container: [{ kind: "container", state: "resuming" }],
  sandbox: [{ kind: "sandbox", state: "resuming" }],
  attachment: [
    { kind: "attachment", state: "resuming" },
    { kind: "attachment", state: "deciding" },
  ],
};

const without = (what: string, isLeftOut: (child: ChildSpec) => boolean, places?: readonly Place[]): Mutant =>
  mutant(
    "list less",
    what,
    (inventory) => ({
      ...inventory,
      inPod: (id) => inventory.inPod(id).filter((child) => !isLeftOut(child)),
    }),
    places,
  );

const reading = (kind: string, what: string, change: (memo: object | undefined) => object | undefined): Mutant =>
  mutant(
    "forget in record",
    what,
    (inventory) => {
      const read = (child: ChildSpec): ChildSpec => {
        if (child.kind !== kind) return child;
        const { memo, ...input } = child.input as Input;
        const changed = change(memo);
        return { ...child, input: { ...input, ...(changed ? { memo: changed } : {}) } };
      };
      return {
        ...inventory,
        inPod: (id) => inventory.inPod(id).map(read),
        renew: (child) => {
          const renewed = inventory.renew(child);
          return renewed && read(renewed);
        },
      };
    },
    begun[kind],
  );

export const inventoryMutants = (): readonly Mutant[] => [
  ...IN_POD.map((kind) =>
    // What has no record is listed only to a pod that crashed.
    without(`lists no ${kind}`, (child) => child.kind === kind, kind === "exec" ? again("pod") : undefined),
  ),
  ...["sandbox", "container"].map((kind) =>
    without(`lists no ${kind} whose intent is not recorded yet`, (child) => child.kind === kind && !memoOf(child)),
  ),
  mutant(
    "list less",
    "lists no pod of which only the attachment is left",
    (inventory) => ({
      ...inventory,
      pods: () => inventory.pods().filter(({ id }) => inventory.inPod(id).some(({ kind }) => kind !== "attachment")),
    }),
    begun["attachment"],
  ),
  mutant("list less", "lists no pulls", (inventory) => ({ ...inventory, pulls: () => [] }), again("images")),
  mutant("list less", "lists no leaks", (inventory) => ({ ...inventory, leaks: () => [] }), [
    { kind: "leaked", state: "" },
  ]),
  ...[...IN_POD, "image-pull"].flatMap((kind) => [
    mutant(
      "do not renew",
      `a crashed ${kind} has nothing left to do`,
      (inventory) => ({
        ...inventory,
        renew: (child) => (child.kind === kind ? undefined : inventory.renew(child)),
      }),
      again(kind),
    ),
    mutant(
      "do not renew",
      `a crashed ${kind} begins with what it was first given`,
      (inventory) => ({
        ...inventory,
        renew: (child) => (child.kind === kind ? child : inventory.renew(child)),
      }),
      again(kind),
    ),
  ]),
  ...Object.entries(BLANKS).flatMap(([kind, blanks]) => [
    reading(kind, `the record of a ${kind} is not read`, () => undefined),
    ...Object.entries(blanks).map(([field, blank]) =>
      reading(kind, `${field} of a ${kind} is not read`, (memo) => memo && { ...memo, [field]: blank }),
    ),
  ]),
];
