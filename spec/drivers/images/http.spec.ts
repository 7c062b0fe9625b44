import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, it } from "node:test";
import { discard, httpClient, readBody, type Http, type HttpAnswer } from "../../../src/drivers/images/http.ts";
import { fails, never } from "./fake-registry.ts";
import { selfSigned } from "./self-signed.ts";

const large = Buffer.alloc(4 << 20, "x");

describe("the client of a registry", () => {
  let server: Server;
  let http: Http;
  let connections = 0;
  const ask = async (answer: RequestListener, silenceMs = 30_000) => {
    connections = 0;
    server = createServer(answer).on("connection", () => (connections += 1));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    http = httpClient({ insecure: true, silenceMs });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return (signal = never) => http.send({ url, headers: {} }, signal);
  };
  const read = (answer: HttpAnswer, signal = never) => readBody(answer, { limit: 8 << 20, what: "it" }, signal);
  afterEach(async () => {
    await http.close();
    server.closeAllConnections();
    server.close();
  });

  it("gives up a server that says nothing", async () => {
    const send = await ask(() => {}, 60);
    await fails(send(), "Unavailable", /^RegistryUnavailable: 127.*cannot be reached: nothing came for 60 ms$/);
  });

  it("gives up a body that stalls", async () => {
    const send = await ask((_, response) => response.writeHead(200, { "content-length": 10 }).write("12345"), 500);
    await fails(read(await send()), "Unavailable", /^RegistryUnavailable: 127.*nothing came for 500 ms$/);
  });

  it("does not take its own slowness for the server's silence", async () => {
    const send = await ask((_, response) => response.end(large), 500);
    const answer = await send();
    await pause(1200);
    assert.equal((await read(answer)).length, large.length);
  });

  it("tells a body that breaks off from a whole one", async () => {
    const send = await ask((_, response) => {
      response.writeHead(200, { "content-length": 10 }).write("12345", () => response.destroy());
    });
    await fails(read(await send()), "Unavailable", /^RegistryUnavailable/);
  });

  it("leaves a body alone when the pull is called off", async () => {
    const caller = new AbortController();
    const send = await ask((_, response) => response.write("12345"));
    const reading = read(await send(caller.signal), caller.signal);
    caller.abort();
    await fails(reading, "Cancelled", /was called off/);
  });

  it("takes bodies as they came, whatever they are said to be", async () => {
    const send = await ask(({ headers }, response) => {
      assert.equal(headers["accept-encoding"], "identity");
      response.writeHead(200, { "content-encoding": "gzip" }).end("not gzip");
    });
    assert.equal((await read(await send())).toString(), "not gzip");
  });

  it("uses a connection again, after a body that was read and after one that nobody wanted", async () => {
    const send = await ask((_, response) => response.end("x".repeat(1000)));
    await read(await send());
    await discard(await send());
    await read(await send());
    assert.equal(connections, 1);
  });

  it("closes the connection rather than read a long body for nothing", async () => {
    const send = await ask((_, response) => response.end(large));
    await discard(await send());
    await discard(await send());
    assert.equal(connections, 2);
  });

  it("asks once more where a kept connection was closed just then", async () => {
    let asked = 0;
    const send = await ask((request, response) => {
      asked += 1;
      if (asked === 2) request.socket.destroy();
      else response.end("answer");
    });
    await read(await send());
    assert.equal((await read(await send())).toString(), "answer");
    assert.deepEqual([asked, connections], [3, 2]);
  });

  it("trusts no certificate that nobody vouches for, but from a registry that is listed as insecure", async () => {
    server = createSecureServer(selfSigned, (_, response) => response.end("secret"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    http = httpClient({ insecure: false });
    await fails(http.send({ url, headers: {} }, never), "Failed", /^the certificate of 127.* is not trusted: /);
    await http.close();
    http = httpClient({ insecure: true });
    assert.equal((await read(await http.send({ url, headers: {} }, never))).toString(), "secret");
  });
});
