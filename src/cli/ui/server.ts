/**
 * The page's server, on 127.0.0.1 for whoever has the link:
 *
 *   GET  / /page.js /style.css /icon.svg /charts.json   the page, which has nothing of the node in it
 *   POST /session            x-troupe-token             a secret for a token
 *   GET  /records?secret=S   [last-event-id]            what is recorded, as server-sent events
 *   POST /retry?actor=ID     x-troupe-secret            lets an actor out of quarantine, with --allow-actions
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { toFailure } from "../../errors.ts";
import { GUARDING, refusalOf } from "./gate.ts";
import type { PageFiles } from "./page-files.ts";
import type { Secrets } from "./secrets.ts";
import type { Viewer } from "./viewer.ts";

export interface PageServerOptions {
  readonly files: PageFiles;
  readonly secrets: Secrets;
  /** Feeds a page that has `last` already. */
  readonly view: (response: ServerResponse, last: number | undefined) => Viewer;
  /** Absent: the page only looks. */
  readonly retry?: (actor: string) => Promise<unknown>;
}

/** Each tab has one that stays and one that asks. */
const MOST_CONNECTIONS = 96;

export class PageServer {
  readonly #options: PageServerOptions;
  readonly #files: ReadonlyMap<string, readonly [type: string, text: string]>;
  readonly #viewers = new Set<Viewer>();
  readonly #server: Server;

  constructor(options: PageServerOptions) {
    this.#options = options;
    const { html, script, style, icon, charts } = options.files;
    this.#files = new Map([
      ["/", ["text/html; charset=utf-8", html]],
      ["/page.js", ["text/javascript; charset=utf-8", script]],
      ["/style.css", ["text/css; charset=utf-8", style]],
      ["/icon.svg", ["image/svg+xml", icon]],
      ["/charts.json", ["application/json", charts]],
    ]);
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** 0: any port that is free. Answers which. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : port;
  }

  /** Something has changed that pages are told beside the records. */
  pump(): void {
    for (const viewer of this.#viewers) viewer.pump();
  }

  end(why: string): void {
    for (const viewer of this.#viewers) viewer.end(why);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(GUARDING)) response.setHeader(name, value);
    const refusal = refusalOf(request.headers);
    if (refusal !== undefined) return say(response, 403, refusal);
    // As it stands: a path with dots or escapes in it is none of ours.
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const file = this.#files.get(path);
    const { method = "" } = request;
    if (file && method === "GET") return void response.writeHead(200, { "content-type": file[0] }).end(file[1]);
    switch (`${method} ${path}`) {
      case "POST /session":
        return this.#exchange(request, response);
      case "GET /records":
        return this.#view(request, response, new URLSearchParams(query));
      case "POST /retry":
        return this.#retry(request, response, new URLSearchParams(query));
      default:
        return file ? say(response, 405, "this is only to be read") : say(response, 404, "there is no such page");
    }
  }

  #exchange(request: IncomingMessage, response: ServerResponse): void {
    const secret = this.#options.secrets.exchange(headerOf(request, "x-troupe-token"));
    if (secret === undefined)
      return say(response, 401, "this link was used, or is none: press Enter where troupe ui runs for another one");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ secret }));
  }

  #view(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    if (!this.#options.secrets.knows(query.get("secret") ?? "")) return say(response, 401, "this tab has no secret");
    const last = Number(headerOf(request, "last-event-id"));
    const viewer = this.#options.view(response, Number.isSafeInteger(last) && last > 0 ? last : undefined);
    this.#viewers.add(viewer);
    response.once("close", () => {
      this.#viewers.delete(viewer);
      viewer.closed();
    });
  }

  #retry(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    const { secrets, retry } = this.#options;
    if (!secrets.knows(headerOf(request, "x-troupe-secret"))) return say(response, 401, "this tab has no secret");
    if (!retry) return say(response, 403, "troupe ui was started without --allow-actions");
    retry(query.get("actor") ?? "").then(
      (done) =>
        done === true ? say(response, 200, "it begins again") : say(response, 409, "it is not in quarantine any more"),
      (error: unknown) => say(response, 502, toFailure(error).text),
    );
  }
}

const headerOf = ({ headers }: IncomingMessage, name: string): string => {
  const value = headers[name];
  return typeof value === "string" ? value : "";
};

const say = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
};
