import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { stuckPage } from "../src/inspect/help/page.ts";
import { machines } from "../src/machines/catalogue.ts";
import type { StateMeta } from "../src/machines/slot.ts";
import { allStates, type Node } from "./support/charts.ts";
import { document } from "../src/cli/machines.ts";
import { KEYS } from "../src/settings.ts";
import { HANDLER_KEYS } from "../src/settings/handlers.ts";
import { version } from "../src/version.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

it("docs/machines.md is what the charts say: npm run machines", () => {
  assert.equal(read("docs/machines.md"), document());
});

it("the version is the package's", () => {
  assert.equal((JSON.parse(read("package.json")) as { version: string }).version, version);
});

it("docs/stuck.md is what the commands show as help: npm run stuck", () => {
  assert.equal(read("docs/stuck.md"), stuckPage());
});

it("docs/stuck.md explains every wait of every machine, and no other", () => {
  const anchors = [...read("docs/stuck.md").matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
  const helps = Object.values(machines).flatMap(({ root }) =>
    allStates(root as unknown as Node).flatMap(({ meta }) => (meta ? [(meta as StateMeta).help] : [])),
  );
  assert.deepEqual(anchors.toSorted(), [...new Set(helps)].toSorted());
});

it("docs/cri.md has a row for each call of CRI, and names no field that is not there", () => {
  const text = read("docs/cri.md");
  const { services, messages } = JSON.parse(read("spec/grpc/cri-v1.contract.json")) as {
    readonly services: Readonly<Record<string, readonly string[]>>;
    readonly messages: Readonly<Record<string, string>>;
  };
  const section = (title: string): string => text.split(/^## /m).find((part) => part.startsWith(title)) ?? "";
  const calls = [...section("Calls").matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  const rpcs = Object.values(services).flatMap((all) => all.map((rpc) => rpc.replace(/\(.*/, "")));
  assert.deepEqual(calls.toSorted(), rpcs.toSorted());
  const ignored = [...section("Fields that").matchAll(/^\| `(\w+)`\s*\| `(\w+)`/gm)].map(
    ([, of, name]) => `${of}.${name}`,
  );
  const refused = [...section("What is refused").matchAll(/^\| `([\w.]+)`/gm)].map(([, name]) => name ?? "");
  const fields = new Set(
    Object.entries(messages).flatMap(([of, all]) =>
      [...all.matchAll(/\d+ (\w+):/g)].map(([, name]) => `${of}.${name}`),
    ),
  );
  assert.deepEqual(
    [...ignored, ...refused].filter((field) => !fields.has(field)),
    [],
  );
  assert.ok(ignored.length > 0 && refused.length > 0);
});

it("docs/settings.md has a row for each setting, with for whom a new value holds after a reload", () => {
  const rows = [
    ...read("docs/settings.md").matchAll(/^\| ((?:`\w+`(?:, )?)+) +\|.*?\| (restart|from now on|for new \w+) +\|/gm),
  ];
  const told = new Map(
    rows.flatMap(([, names = "", reach]) =>
      names
        .replaceAll("`", "")
        .split(", ")
        .map((name) => [name, reach] as const),
    ),
  );
  const keys = [
    ...Object.entries(KEYS).map(([key, { reach }]) => [key.split(".").at(-1) ?? "", reach] as const),
    ...Object.entries(HANDLER_KEYS).map(([key, { reach }]) => [key, reach] as const),
  ];
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(keys.map(([key, reach]) => [key, reach ?? "restart"])));
});
