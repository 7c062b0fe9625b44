/** A registry in this process, which answers as a spec says, and remembers what it was asked. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { httpClient } from "../../../src/drivers/images/http.ts";
import { TroupeError, type ErrorCode } from "../../../src/errors.ts";
import { patience } from "../../../src/drivers/images/patience.ts";
import { openRegistry, type Registry, type RegistryOptions } from "../../../src/drivers/images/registry.ts";

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

export class FakeRegistry implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const asked = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
      this.asked.push(asked);
      this.#answer(asked, response);
    });
  });
  readonly #answer: Answer;
  readonly #http = httpClient({ insecure: true });

  /** `answer` is asked for all but `GET /v2/`, unless `ping` is false. */
  static async start(answer: Answer, { ping = true } = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry((asked, response) => {
      if (ping && asked.path === "/v2/") response.end("{}");
      else answer(asked, response);
    });
    registry.#server.listen(0, "127.0.0.1");
    await once(registry.#server, "listening");
    return registry;
  }

  private constructor(answer: Answer) {
    this.#answer = answer;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The repository `library/app` in it, asked again without a pause where it is asked again. */
  open(options: Partial<RegistryOptions> = {}): Registry {
    const endpoint = { base: `http://${this.host}`, repository: "library/app", insecure: true };
    const hasty = patience({ pause: () => Promise.resolve(), random: () => 0, wallMs: () => 0 });
    return openRegistry({ endpoint, http: this.#http, credentials: undefined, patience: hasty, ...options });
  }

  /** What was asked but for the ping. */
  get paths(): readonly string[] {
    return this.asked.map(({ path }) => path).filter((path) => path !== "/v2/");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

export const never = new AbortController().signal;

/** `work` is rejected with a TroupeError like that. */
export const fails = (work: Promise<unknown>, code: ErrorCode, text: RegExp): Promise<void> =>
  assert.rejects(work, (error) => {
    assert(error instanceof TroupeError);
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  });
