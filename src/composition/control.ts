/**
 * The inspect socket (0600): what the operator's commands ask of a running daemon, as HTTP over a Unix socket.
 *
 *   GET  /explain?of=NAME   what a pod, a container or an actor does and waits for; without a name, all that is not at rest
 *   GET  /actors            the same of every actor there is
 *   GET  /waits             what every actor that is not at rest waits for
 *   GET  /image-route?of=REF  what a pull of this image would try, and how
 *   GET  /images            the images of this node; POST /images/remove?image=REF, POST /images/load?image=REF&port=N&secret=S
 *   GET  /log-level         how much the daemon says
 *   POST /log-level?to=WORD changes it, until settings are read again
 *   POST /monitor/upgrade   replaces the monitor's program in place
 *   POST /retry?actor=ID    lets an actor out of quarantine
 *   POST /profile/cpu?seconds=N, /profile/heap?seconds=N   measures the daemon for so long
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { ProfileKind } from "../drivers/profiles/profiler.ts";
import { toFailure } from "../errors.ts";
import type { LogLevel } from "../vocabulary/index.ts";
import { askedScene } from "../inspect/asked.ts";
import type { Scene } from "../inspect/scene.ts";
import { imageQuestion, type ImageRuntime } from "./image-control.ts";

export interface Control {
  scene(): Scene;
  waits(): readonly string[];
  upgradeMonitor(): Promise<{ pid: number }>;
  retry(actor: string): boolean;
  /** Throws Invalid for what is no reference. `signal`: who asked has gone. */
  imageRoute(image: string, signal: AbortSignal): Promise<object>;
  readonly images: ImageRuntime;
  logLevel(): LogLevel;
  /** Answers the level in force. Throws Invalid for a word that is none. */
  setLogLevel(word: string): LogLevel;
  /** `signal`: who asked has gone. */
  profile(kind: ProfileKind, seconds: number, signal: AbortSignal): Promise<object>;
}

type Answer = Promise<unknown>;

const route = (control: Control, method: string, url: URL, signal: AbortSignal): Answer | undefined => {
  const seconds = Number(url.searchParams.get("seconds") ?? NaN);
  const actor = url.searchParams.get("actor");
  switch (`${method} ${url.pathname}`) {
    case "GET /explain":
      return Promise.try(() => askedScene(control.scene(), url.searchParams.get("of") ?? undefined));
    case "GET /actors":
      return Promise.try(() => control.scene());
    case "GET /waits":
      return Promise.resolve(control.waits());
    case "GET /image-route":
      return control.imageRoute(url.searchParams.get("of") ?? "", signal);
    case "POST /monitor/upgrade":
      return control.upgradeMonitor();
    case "GET /log-level":
      return Promise.resolve(control.logLevel());
    case "POST /log-level":
      return Promise.try(() => control.setLogLevel(url.searchParams.get("to") ?? ""));
    case "POST /retry":
      return Promise.resolve(actor !== null && control.retry(actor));
    case "POST /profile/cpu":
      return control.profile("cpu", seconds, signal);
    case "POST /profile/heap":
      return control.profile("heap", seconds, signal);
    default:
      return imageQuestion(control.images, method, url, signal);
  }
};

/** Listens on `path`, which only the single daemon of this run directory may do. */
export const serveControl = async (path: string, control: Control): Promise<Server> => {
  rmSync(path, { force: true });
  const server = createServer((request, response) => {
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
    };
    const left = new AbortController();
    response.once("close", () => left.abort());
    const url = new URL(request.url ?? "/", "http://localhost");
    const answer = route(control, request.method ?? "", url, left.signal);
    if (!answer) return send(404, { code: "NotFound", text: `there is no ${request.method} ${request.url}` });
    answer.then(
      (body) => send(200, body),
      (error: unknown) => send(500, toFailure(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return server;
};
