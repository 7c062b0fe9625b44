import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer as createProxy, type Server as PlainServer } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { TLSSocket } from "node:tls";
import { proxiesIn } from "../../../../src/drivers/images/access/proxies.ts";
import { registryClients, type RegistryClients } from "../../../../src/drivers/images/access/registry-clients.ts";
import { readBody } from "../../../../src/drivers/images/http.ts";
import { fails, never } from "../fake-registry.ts";
import { authority, client, server as vouched } from "./certificates.ts";

describe("the clients of a node's registries", () => {
  let dir: string;
  let clients: RegistryClients;
  const servers: (Server | PlainServer)[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "clients-"));
    clients = make();
  });
  afterEach(async () => {
    await clients.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(dir, { recursive: true });
  });

  const make = (env: Readonly<Record<string, string>> = {}): RegistryClients =>
    registryClients({
      certificatePlaces: [join(dir, "home"), join(dir, "etc")],
      rootFiles: [join(dir, "absent.pem"), join(dir, "roots.pem")],
      proxyFor: proxiesIn(env),
    });
  /** Answers with who asks; or leads to another one. */
  const serve = async (options: ServerOptions = {}, location?: () => string): Promise<string> => {
    const server = createServer({ ...vouched, ca: authority, ...options }, ({ socket }, response) => {
      const { subject } = (socket as TLSSocket).getPeerCertificate();
      if (location) response.setHeader("location", location()).writeHead(307);
      response.end(String(subject?.CN ?? "nobody"));
    });
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const write = (path: string, text: string): void => {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const endpointAt = (host: string, insecure = false) => ({
    domain: host,
    base: `https://${host}`,
    repository: "app",
    insecure,
    isMirror: false,
  });
  const ask = async (host: string, insecure = false): Promise<string> => {
    const http = await clients.clientFor(endpointAt(host, insecure), never);
    const answer = await http.send({ url: `https://${host}/v2/`, headers: {} }, never);
    return (await readBody(answer, { limit: 1000, what: "it" }, never)).toString();
  };

  it("trust an authority of the host's own directory, for that host alone, by its very port", async () => {
    const [host, other] = [await serve(), await serve()];
    await fails(
      ask(host),
      "Failed",
      /^the certificate of 127.* is not trusted: .*; its authority's certificate belongs in \/etc\/containers\/certs\.d\/127\.0\.0\.1:\d+\/ca\.crt$/,
    );
    write(`etc/${host}/any.crt`, `# of the company\n${authority}\n`);
    assert.equal(await ask(host), "nobody");
    await fails(ask(other), "Failed", /is not trusted/);
  });

  it("take the first directory that is there, alone", async () => {
    const host = await serve();
    write(`etc/${host}/ca.crt`, authority);
    mkdirSync(join(dir, "home", host), { recursive: true });
    await fails(ask(host), "Failed", /is not trusted/);
    rmSync(join(dir, "home", host), { recursive: true });
    assert.equal(await ask(host), "nobody");
  });

  it("trust whom the system trusts, and whom it trusts by now", async () => {
    const host = await serve();
    write("roots.pem", client.cert);
    await fails(ask(host), "Failed", /is not trusted/);
    write("roots.pem", `${client.cert}\n${authority}\n`);
    assert.equal(await ask(host), "nobody");
  });

  it("say who they are to the host by its pair of certificate and key, and to nobody it leads to", async () => {
    const asking = { requestCert: true, rejectUnauthorized: false };
    const target = await serve(asking);
    const host = await serve(asking);
    const leading = await serve(asking, () => `https://${target}/`);
    for (const one of [host, leading]) {
      write(`etc/${one}/ca.crt`, authority);
      write(`etc/${one}/troupe.cert`, client.cert);
      write(`etc/${one}/troupe.key`, client.key);
    }
    assert.equal(await ask(host), "client");
    assert.equal(await ask(host, true), "client", "also where nobody's certificate is checked");
    assert.equal(await ask(leading), "nobody");
  });

  it("are made anew when files have changed, and kept while they have not", async () => {
    const host = await serve();
    const client1 = await clients.clientFor(endpointAt(host), never);
    assert.equal(await clients.clientFor(endpointAt("other.io"), never), client1);
    write(`etc/${host}/ca.crt`, authority);
    const client2 = await clients.clientFor(endpointAt(host), never);
    assert.notEqual(client2, client1);
    assert.equal(await clients.clientFor(endpointAt(host), never), client2);
    write(`etc/${host}/more.crt`, client.cert);
    assert.notEqual(await clients.clientFor(endpointAt(host), never), client2);
  });

  for (const [what, files, wanted] of [
    [
      "a certificate without its key",
      { "a.cert": client.cert },
      /a\.cert is there without its key a\.key; .* is named \.crt/,
    ],
    ["a key without its certificate", { "a.key": client.key }, /a\.key is there without its certificate a\.cert/],
    ["another's key", { "a.cert": client.cert, "a.key": vouched.key }, /a\.cert and .*a\.key are no pair \(\w+\)/],
    ["an authority that is none", { "ca.crt": "PEM" }, /ca\.crt has no certificate in PEM/],
    [
      "half an authority",
      { "ca.crt": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----" },
      /ca\.crt has a certificate that cannot be read/,
    ],
  ] as const)
    it(`ask nobody with ${what} in the directory`, async () => {
      for (const [name, text] of Object.entries(files)) write(`etc/quay.io/${name}`, text);
      await fails(ask("quay.io"), "Invalid", wanted);
    });

  it("ask nobody while a certificate is a link that leads nowhere", async () => {
    mkdirSync(join(dir, "etc/quay.io"), { recursive: true });
    symlinkSync("/nowhere", join(dir, "etc/quay.io/ca.crt"));
    await fails(ask("quay.io"), "Invalid", /ca\.crt leads nowhere/);
  });

  /** Leads everybody to `host`, and notes for whom it was asked, and with which password. */
  const proxyTo = async (host: string, refusal?: string) => {
    const asked: string[] = [];
    const proxy = createProxy((_, response) => response.end("by the proxy")).on("connect", (request, socket) => {
      asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
      if (refusal) return void socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
      const [name, port] = host.split(":");
      const target = connect(Number(port), name, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        target.pipe(socket).pipe(target);
      });
      target.on("error", () => socket.destroy());
      socket.on("error", () => target.destroy());
    });
    servers.push(proxy);
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    return { asked, host: `127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  };

  it("go by the proxy that the environment names, with its password, and check the host's certificate all the same", async () => {
    const proxy = await proxyTo(await serve());
    clients = make({ HTTPS_PROXY: `http://anna:s3cret@${proxy.host}` });
    await fails(ask("quay.example"), "Failed", /the certificate of quay\.example is not trusted/);
    assert.deepEqual(proxy.asked, [`quay.example:443 Basic ${Buffer.from("anna:s3cret").toString("base64")}`]);
  });

  for (const [refusal, code, wanted] of [
    ["407 Proxy Authentication Required", "Failed", /through the proxy http:\/\/127\.0\.0\.1:\d+ failed: .*407/],
    ["503 Busy", "Unavailable", /^RegistryUnavailable: quay\.example cannot be reached through the proxy .*503/],
  ] as const)
    it(`tell which proxy it was that answered ${refusal}, without its password`, async () => {
      const proxy = await proxyTo("", refusal);
      clients = make({ HTTPS_PROXY: `http://anna:s3cret@${proxy.host}` });
      const failing = ask("quay.example");
      await fails(failing, code, wanted);
      await assert.rejects(failing, (error) => !/s3cret/.test(`${String(error)}${String((error as Error).cause)}`));
    });
});
