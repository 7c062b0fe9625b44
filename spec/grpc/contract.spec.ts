import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import protobuf from "protobufjs";
import { messageFiles } from "../../scripts/proto/messages.ts";
import { codec, method, services } from "../../src/grpc/contract.ts";
import { contractFile, reflection } from "../../src/grpc/reflection.ts";
import type { ContainerConfig } from "../../src/grpc/messages/container-config.ts";
import type { StopContainerRequest } from "../../src/grpc/messages/container.ts";

const sorted = (entries: [string, string][]) => Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** The contract in the words of cri-v1.contract.json: a line a message, fields by their numbers. */
const described = (): unknown => {
  const scope = reflection.lookup("runtime.v1");
  assert.ok(scope instanceof protobuf.Namespace);
  const types = scope.nestedArray.filter((each) => each instanceof protobuf.Type);
  const enums = scope.nestedArray.filter((each) => each instanceof protobuf.Enum);
  const nested = types.flatMap((type) => type.nestedArray.filter((each) => each instanceof protobuf.Enum));
  return {
    package: "runtime.v1",
    services: Object.fromEntries(
      scope.nestedArray
        .filter((each) => each instanceof protobuf.Service)
        .map((service) => [service.name, service.methodsArray.map(describedMethod)]),
    ),
    messages: sorted(
      types.map((type) => [
        type.name,
        type.fieldsArray
          .toSorted((a, b) => a.id - b.id)
          .map(describedField)
          .join(", "),
      ]),
    ),
    enums: sorted([
      ...enums.map((each): [string, string] => [each.name, describedEnum(each)]),
      ...nested.map((each): [string, string] => [`${each.parent?.name}.${each.name}`, describedEnum(each)]),
    ]),
  };
};

const describedMethod = (each: protobuf.Method): string => {
  assert.ok(!each.requestStream);
  return `${each.name}(${each.requestType}) ${each.responseStream ? "stream " : ""}${each.responseType}`;
};

const describedField = (field: protobuf.Field): string => {
  assert.equal(field.partOf, null);
  const scalar = field.type === "ProfileType" ? "SecurityProfile.ProfileType" : field.type;
  const type = field instanceof protobuf.MapField ? `map<${field.keyType},${field.type}>` : scalar;
  const marks = `${field.getOption("deprecated") ? " deprecated" : ""}${field.getOption("debug_redact") ? " redacted" : ""}`;
  return `${field.id} ${field.name}: ${field.repeated ? "repeated " : ""}${type}${marks}`;
};

const describedEnum = (each: protobuf.Enum): string =>
  Object.entries(each.values)
    .map(([name, number]) => `${number} ${name}`)
    .join(", ");

describe("the contract", () => {
  it("is CRI v1, whole: services, methods, messages, fields, numbers, types and enums", () => {
    const list: unknown = JSON.parse(readFileSync(new URL("cri-v1.contract.json", import.meta.url), "utf8"));
    assert.deepEqual(described(), list);
  });

  it("has 37 methods of the runtime and 6 of images", () => {
    assert.equal(services["RuntimeService"]?.length, 37);
    assert.equal(services["ImageService"]?.length, 6);
  });

  it("is found from a source and from a bundle", () => {
    const folder = mkdtempSync(join(tmpdir(), "contract-"));
    try {
      mkdirSync(join(folder, "proto"));
      mkdirSync(join(folder, "dist"));
      writeFileSync(join(folder, "proto/cri.proto"), "");
      const proto = pathToFileURL(join(folder, "proto/cri.proto")).href;
      assert.equal(contractFile(pathToFileURL(join(folder, "dist/main.js")).href).href, proto);
      assert.equal(contractFile(pathToFileURL(join(folder, "src/grpc/contract.ts")).href).href, proto);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("says where it looked when its file is missing", () => {
    assert.throws(
      () => contractFile("file:///nowhere/dist/main.js"),
      /in no folder above file:\/\/\/nowhere\/dist\/main\.js/,
    );
  });

  it("has its types written out as the generator writes them", async () => {
    for (const [name, text] of await messageFiles()) {
      const file = readFileSync(new URL(`../../src/grpc/messages/${name}`, import.meta.url), "utf8");
      assert.equal(file, text, `src/grpc/messages/${name} is stale: sh scripts/node.sh scripts/proto/messages.ts`);
    }
  });
});

describe("a codec", () => {
  const stop = codec<StopContainerRequest>("StopContainerRequest");
  const config = codec<ContainerConfig>("ContainerConfig");

  it("decodes whole messages, with a default for what was left out", () => {
    assert.deepEqual(stop.decode(new Uint8Array()), { container_id: "", timeout: "0" });
    const { metadata, command, labels, stop_signal } = config.decode(new Uint8Array());
    assert.deepEqual(
      { metadata, command, labels, stop_signal },
      { metadata: null, command: [], labels: {}, stop_signal: 0 },
    );
  });

  it("keeps 64-bit integers exact", () => {
    for (const timeout of ["9223372036854775807", "-9223372036854775808", "-1"])
      assert.equal(stop.decode(stop.encode({ timeout })).timeout, timeout);
  });

  it("keeps the bytes of an environment variable as they are", () => {
    const value = Buffer.from([0xff, 0xfe, 0x41]);
    assert.deepEqual(
      Buffer.from(config.decode(config.encode({ envs: [{ key: "A", value }] })).envs[0]?.value ?? []),
      value,
    );
  });

  it("leaves out fields that it does not know", () => {
    const newer = Buffer.concat([stop.encode({ container_id: "c" }), Buffer.from([0x9a, 0x3f, 2, 65, 66])]);
    assert.deepEqual(stop.decode(newer), { container_id: "c", timeout: "0" });
  });

  it("keeps labels with the names of JavaScript's own", () => {
    const labels = Object.fromEntries([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
    assert.deepEqual(Object.entries(config.decode(config.encode({ labels })).labels), Object.entries(labels));
  });

  it("is found by the method's name", () => {
    assert.equal(method("GetContainerEvents").request.coder.name, "GetEventsRequest");
    assert.equal(method("PullImage").path, "/runtime.v1.ImageService/PullImage");
  });
});
