/** What the server says to clients that are not ours, frame by frame. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { describe, it } from "node:test";
import { NotAllowed } from "../../src/errors.ts";
import { method } from "../../src/grpc/contract.ts";
import { prefixOf } from "../../src/grpc/framing.ts";
import { fakeRuntime } from "../support/fake-runtime.ts";
import { serving } from "./serving.ts";

const grpc = { "content-type": "application/grpc", te: "trailers" };
const version = "/runtime.v1.RuntimeService/Version";
const nothing = prefixOf(Buffer.alloc(0));

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

const ask = async (socket: string, headers: OutgoingHttpHeaders, body: Buffer): Promise<Heard> => {
  const session = connect("http://localhost", { path: socket });
  try {
    const stream = session.request({ ":method": "POST", ...headers });
    let trailers: IncomingHttpHeaders = {};
    stream.on("trailers", (given) => (trailers = given));
    const answered = once(stream, "response") as Promise<[IncomingHttpHeaders]>;
    stream.end(body);
    const closed = once(stream, "close");
    const [heard] = await answered;
    const bytes = Buffer.concat(await stream.toArray());
    await closed;
    return { headers: heard, trailers, bytes };
  } finally {
    session.close();
  }
};

describe("on the wire, the server", () => {
  it("answers with one message and a status in the trailers", () =>
    serving(fakeRuntime(), async ({ socket }) => {
      const { headers, trailers, bytes } = await ask(socket, { ":path": version, ...grpc }, nothing);
      assert.equal(headers["content-type"], "application/grpc+proto");
      assert.equal(trailers["grpc-status"], "0");
      assert.equal(bytes.readUInt32BE(1), bytes.length - 5);
      assert.equal(method("Version").response.decode(bytes.subarray(5)).version, "0.1.0");
    }));

  it("answers an error with its status alone, in the headers", () => {
    const refusal = new NotAllowed("er läuft schon, zu 100 %");
    return serving(fakeRuntime({}, { startContainer: () => Promise.reject(refusal) }), async ({ socket }) => {
      const message = Buffer.from(method("StartContainer").request.encode({ container_id: "c" }));
      const body = Buffer.concat([prefixOf(message), message]);
      const path = "/runtime.v1.RuntimeService/StartContainer";
      const { headers, bytes } = await ask(socket, { ":path": path, ...grpc }, body);
      assert.equal(headers["grpc-status"], "9");
      assert.equal(headers["grpc-message"], "er l%C3%A4uft schon, zu 100 %25");
      assert.equal(bytes.length, 0);
    });
  });

  it("does not know methods of other services, nor requests that are not gRPC", () =>
    serving(fakeRuntime(), async ({ socket }) => {
      const { headers } = await ask(socket, { ":path": "/runtime.v1alpha2.RuntimeService/Version", ...grpc }, nothing);
      assert.equal(headers["grpc-status"], "12");
      assert.match(String(headers["grpc-message"]), /^there is no method \/runtime\.v1alpha2/);
      const json = await ask(socket, { ":path": version, "content-type": "application/json" }, Buffer.from("{}"));
      assert.equal(json.headers[":status"], 415);
    }));

  it("refuses what is no message, and goes on with the connection's other calls", () =>
    serving(fakeRuntime(), async ({ socket }) => {
      const compressed = Buffer.from(nothing);
      compressed[0] = 1;
      const codes: unknown[] = [];
      for (const body of [Buffer.alloc(0), Buffer.from([0, 0]), compressed, nothing]) {
        const { headers, trailers } = await ask(socket, { ":path": version, ...grpc }, body);
        codes.push(headers["grpc-status"] ?? trailers["grpc-status"]);
      }
      assert.deepEqual(codes, ["3", "3", "12", "0"]);
    }));

  it("refuses a request over 16 MiB before it has come", () =>
    serving(fakeRuntime(), async ({ socket }) => {
      const body = Buffer.alloc(16 * 1024 * 1024 + 6);
      const { headers } = await ask(socket, { ":path": version, ...grpc }, body);
      assert.equal(headers["grpc-status"], "8");
    }));

  it("bears a client that leaves with a thousand calls under way", () =>
    serving(fakeRuntime(), async ({ socket, client }) => {
      const session = connect("http://localhost", { path: socket });
      session.on("error", () => undefined);
      await once(session, "connect");
      for (let call = 0; call < 1000; call++) {
        const stream = session.request({ ":method": "POST", ":path": version, ...grpc });
        stream.on("error", () => undefined);
        stream.end(nothing);
      }
      session.destroy();
      assert.equal((await client.call("Version", {})).version, "0.1.0");
    }));
});
