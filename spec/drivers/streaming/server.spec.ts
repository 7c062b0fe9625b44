import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as secureConnect, type TLSSocket } from "node:tls";
import { Exhausted, Invalid } from "../../../src/errors.ts";
import type { ContainerId, SandboxId } from "../../../src/vocabulary/index.ts";
import { eventually, openDescriptors } from "../../support/eventually.ts";
import { handshakeRequest } from "../../support/raw-websocket.ts";
import { SpdyClient, crictlProtocols, exchange, upgradeRequest } from "../../support/spdy-client.ts";
import { attachTo, cat, containerId, execOf, sandboxId, stage } from "../../support/streaming-stage.ts";

const staged = async (test: TestContext, ...args: Parameters<typeof stage>) => {
  const set = await stage(...args);
  test.after(() => set.server.close());
  return set.server;
};

const answer = async (url: string, request = upgradeRequest(url, crictlProtocols)) => {
  const { status, head, socket } = await exchange(url, request);
  socket.destroy();
  return { status, head };
};

describe("the streaming server", () => {
  it("has no stream for a token that is guessed, used, too old, of another kind or of a removed container", async (test) => {
    const time = { now: 0 };
    const server = await staged(test, { exec: cat }, { sources: { now: () => time.now } });
    assert.equal((await answer(`${server.url}exec/AAAAAAAAAAAAAAAAAAAAAAAA`)).status, 404);
    const url = server.exec(execOf());
    assert.equal((await answer(url)).status, 101);
    assert.equal((await answer(url)).status, 404);
    const ofAttach = server.attach(attachTo());
    assert.equal((await answer(ofAttach.replace("attach", "exec"))).status, 404);
    assert.equal((await answer(ofAttach)).status, 404);
    const [old, removed] = [server.exec(execOf()), server.exec(execOf())];
    server.forget(containerId);
    assert.equal((await answer(removed)).status, 404);
    time.now += 60_000;
    assert.equal((await answer(old)).status, 404);
    const forward = server.forward({ sandboxId, ports: [] });
    server.forget(sandboxId);
    assert.equal((await answer(forward, upgradeRequest(forward, ["portforward.k8s.io"]))).status, 404);
  });

  it("has nothing at other paths", async (test) => {
    const server = await staged(test, {});
    for (const path of ["", "exec", "exec/", "exec/a/b", "exec//", "EXEC/a", "execs/a", "..%2fexec/a", "metrics"])
      assert.equal((await answer(`${server.url}${path}`)).status, 404, path);
  });

  it("takes GET and POST; another method does not use the token up", async (test) => {
    const server = await staged(test, { exec: cat });
    const url = server.exec(execOf());
    for (const method of ["PUT", "DELETE", "HEAD"]) {
      const { status, head } = await answer(url, upgradeRequest(url, crictlProtocols, method));
      assert.equal(status, 405);
      assert.match(head, /^allow: GET, POST$/im);
    }
    assert.equal((await answer(url)).status, 101);
  });

  it("says why a request is no upgrade, and what it would speak", async (test) => {
    const server = await staged(test, {});
    const told = async (change: (request: string) => string) => {
      const url = server.exec(execOf());
      return answer(url, change(upgradeRequest(url, ["v4.channel.k8s.io"])));
    };
    assert.equal((await told((request) => request.replace(/X-Stream.*\r\n/, ""))).status, 400);
    assert.equal((await told((request) => request.replace(/v4\S*/, ""))).status, 400);
    assert.equal((await told((request) => request.replace("SPDY/3.1", "h2c"))).status, 400);
    assert.equal((await told((request) => request.replace(/Upgrade: .*\r\n/, ""))).status, 400);
    assert.equal(
      (await told((request) => request.replace("Connection: Upgrade", "Connection: x-upgrade"))).status,
      400,
    );
    const unknown = await told((request) => request.replace("v4.", "v9."));
    assert.equal(unknown.status, 403);
    assert.deepEqual(
      [...unknown.head.matchAll(/^x-accepted-stream-protocol-versions: (\S+)/gim)].map(([, name]) => name),
      ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"],
    );
    const listed = await told((request) => request.replace("v4.channel", "v9.channel.k8s.io, v3.channel"));
    assert.match(listed.head, /^x-stream-protocol-version: v3\.channel\.k8s\.io$/im);
  });

  it("refuses a WebSocket handshake of another version, or without a subprotocol that it knows", async (test) => {
    const server = await staged(test, {});
    const told = async (subprotocol: string, version?: number) => {
      const url = server.exec(execOf());
      return (await answer(url, handshakeRequest(url, subprotocol, version))).status;
    };
    assert.equal(await told("v9.channel.k8s.io"), 403);
    assert.equal(await told("SPDY/3.1+portforward.k8s.io"), 403);
    assert.equal(await told("v5.channel.k8s.io", 7), 400);
    assert.equal(await told("v5.channel.k8s.io"), 101);
  });

  it("refuses requests that can never work", async (test) => {
    const server = await staged(test, {});
    for (const request of [
      { containerId: "" as ContainerId },
      { tty: true, stderr: true },
      { stdout: false, stderr: false },
    ]) {
      assert.throws(() => server.exec(execOf(request)), Invalid);
      assert.throws(() => server.attach(attachTo(request)), Invalid);
    }
    assert.throws(() => server.exec(execOf({ cmd: [] })), Invalid);
    assert.throws(() => server.forward({ sandboxId: "" as SandboxId, ports: [] }), Invalid);
    for (const port of [0, 65_536, -1, 1.5]) assert.throws(() => server.forward({ sandboxId, ports: [port] }), Invalid);
    assert.throws(() => server.forward({ sandboxId, ports: Array.from({ length: 33 }, () => 80) }), Invalid);
    for (let at = 0; at < 1000; at++) server.exec(execOf());
    assert.throws(() => server.exec(execOf()), Exhausted);
  });

  it("gives URLs that are reached on this host, also when it listens everywhere", async (test) => {
    const server = await staged(test, { exec: cat }, { settings: { streamAddress: "0.0.0.0" } });
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    assert.equal((await answer(server.exec(execOf()))).status, 101);
  });

  const noIpv6 =
    !networkInterfaces()["lo"]?.some(({ address }) => address === "::1") && "there is no IPv6 loopback here";
  it("serves IPv6, with brackets in its URLs", { skip: noIpv6 }, async (test) => {
    const server = await staged(test, { exec: cat }, { settings: { streamAddress: "::" } });
    assert.match(server.url, /^http:\/\/\[::1\]:\d+\/$/);
    assert.equal((await answer(server.exec(execOf()))).status, 101);
  });

  it("says why it cannot listen", async (test) => {
    const server = await staged(test, {});
    const streamPort = Number(new URL(server.url).port);
    await assert.rejects(stage({}, { settings: { streamPort } }), {
      name: "Failed",
      message: /^streaming server cannot listen on 127\.0\.0\.1 port \d+: .*EADDRINUSE/,
    });
  });

  it("drops those who connect and never speak, and serves others meanwhile", async (test) => {
    const server = await staged(test, { exec: async () => ({ exitCode: 0 }) }, { speakWithinMs: 1000 });
    const before = openDescriptors();
    const { hostname, port } = new URL(server.url);
    const silent = Array.from({ length: 500 }, (_, at) => {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on("error", () => {});
      // Every other one begins a request and does not end it.
      if (at % 2 === 1) socket.write("GET /exec/x HTTP/1.1\r\nHost: ");
      return once(socket.resume(), "close");
    });
    const client = await SpdyClient.open(server.exec(execOf()));
    const { error } = await client.command("error", "stdout", "stderr");
    await client.until("the status", () => error.over);
    await client.close();
    await Promise.all(silent);
    await eventually("the descriptors' return", () => openDescriptors() <= before);
  });

  it("closes a connection on which nothing moves for the idle timeout", async (test) => {
    const server = await staged(test, { exec: cat }, { settings: { streamIdleTimeoutMs: 1000 } });
    const client = await SpdyClient.open(server.exec(execOf({ stdin: true })));
    const { stdin } = await client.command("error", "stdin", "stdout", "stderr");
    for (let id = 1; id < 9; id += 2) {
      client.ping(id);
      await sleep(300);
    }
    client.send(stdin, "x");
    assert.equal(client.closed, false);
    await client.until("the end", () => client.closed);
  });

  it("ends its sessions when it closes, and listens no more", async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const { server } = await stage({
      async exec(_request, _streams, gone) {
        await once(gone, "abort");
        tell();
        return { exitCode: 0 };
      },
    });
    const client = await SpdyClient.open(server.exec(execOf()));
    await client.command("error", "stdout", "stderr");
    assert.equal(server.sessions, 1);
    await server.close();
    await told;
    await client.until("the end", () => client.closed);
    await assert.rejects(answer(server.exec(execOf())));
  });
});

/** A certificate for 127.0.0.1, named `name`. */
const certify = (dir: string, name: string): { readonly cert: string; readonly key: string } => {
  const [cert, key] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)];
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1";
  execFileSync("openssl", [...request.split(" "), "-subj", `/CN=${name}`, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { cert, key };
};

describe("the streaming server with TLS", () => {
  const subject = async (url: string, options: { maxVersion?: "TLSv1.2" } = {}): Promise<string> => {
    const { port } = new URL(url);
    const socket: TLSSocket = secureConnect({
      host: "127.0.0.1",
      port: Number(port),
      rejectUnauthorized: false,
      ...options,
    });
    await once(socket, "secureConnect");
    const name = String(socket.getPeerCertificate().subject.CN);
    socket.destroy();
    return name;
  };

  it("speaks as its certificate says, also after that was replaced", async (test) => {
    const dir = mkdtempSync(join(tmpdir(), "streaming-tls-"));
    test.after(() => rmSync(dir, { recursive: true }));
    const { cert, key } = certify(dir, "first");
    const server = await staged(test, {}, { settings: { tls: { cert, key, minVersion: "TLSv1.3" } } });
    const url = server.exec(execOf());
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+\/exec\//);
    assert.equal(await subject(url), "first");
    await assert.rejects(subject(url, { maxVersion: "TLSv1.2" }));
    const renewed = certify(dir, "renewed");
    renameSync(renewed.cert, cert);
    // A key that does not fit leaves what is in force.
    assert.equal(await subject(server.exec(execOf())), "first");
    renameSync(renewed.key, key);
    assert.equal(await subject(server.exec(execOf())), "renewed");
  });

  it("carries sessions, and only of clients whose certificate its CA vouches for", async (test) => {
    const dir = mkdtempSync(join(tmpdir(), "streaming-tls-"));
    test.after(() => rmSync(dir, { recursive: true }));
    const { cert, key } = certify(dir, "server");
    const tls = { cert, key, minVersion: "TLSv1.2" } as const;
    const said = { exec: async () => ({ exitCode: 7 }) };
    const open = await staged(test, said, { settings: { tls } });
    const client = await SpdyClient.open(open.exec(execOf()));
    const { error } = await client.command("error", "stdout", "stderr");
    await client.until("the status", () => error.over);
    assert.match(error.text, /"ExitCode","message":"7"/);
    await client.close();
    const closed = await staged(test, said, { settings: { tls: { ...tls, ca: cert } } });
    await assert.rejects(SpdyClient.open(closed.exec(execOf())), /certificate required|closed after 0 bytes/);
  });

  it("says which files it cannot use", async () => {
    const tls = { cert: "/nowhere/cert", key: "/nowhere/key", minVersion: "TLSv1.2" } as const;
    await assert.rejects(stage({}, { settings: { tls } }), /cannot use the certificate \/nowhere\/cert .*ENOENT/);
  });
});
