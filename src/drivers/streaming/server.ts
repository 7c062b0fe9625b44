/**
 * The streaming server: gives out URLs for what was asked over gRPC, and joins the clients that open them with the back-end.
 *
 *   /exec/TOKEN · /attach/TOKEN · /portforward/TOKEN, by GET or POST
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { Invalid } from "../../errors.ts";
import type { CommandRequest } from "./command-session.ts";
import { NOT_FOUND, NO_UPGRADE, handshake, type Known } from "./handshake.ts";
import { listen, refuse, type OnRequest } from "./http.ts";
import type { SessionOptions } from "./session-options.ts";
import { commandProtocols, serveCommand, type CommandProtocol } from "./spdy/command-streams.ts";
import { FORWARD_PROTOCOL, serveForward } from "./spdy/forward-pairs.ts";
import type {
  AttachStreamRequest,
  ForwardStreamRequest,
  StreamingBackend,
  StreamingServer,
  StreamingSettings,
} from "./streaming.ts";
import { tokens, type TokenSources } from "./tokens.ts";
import { commandSubprotocols, serveCommandChannels } from "./websocket/command-channels.ts";
import { forwardSubprotocols, serveForwardChannels } from "./websocket/forward-channels.ts";
import { TUNNEL_SUBPROTOCOL, tunnel } from "./websocket/tunnel.ts";
import { upgrader } from "./websocket/upgrade.ts";

type Request = CommandRequest | ({ readonly kind: "portforward" } & ForwardStreamRequest);

/** Two channels for each port, and the base64 coding numbers them by one character of ASCII, from `0` on. */
const MOST_PORTS = 32;
const CREATION_TIMEOUT_MS = 30_000;
const SPEAK_WITHIN_MS = 10_000;

export interface StreamingServerOptions {
  readonly settings: StreamingSettings;
  readonly backend: StreamingBackend;
  readonly sources?: Partial<TokenSources>;
  /** For a client to open the streams that belong together: 30 s. */
  readonly creationTimeoutMs?: number;
  /** For a client to send its request: 10 s. */
  readonly speakWithinMs?: number;
  /** A client broke the protocol: one sentence for the log, without secrets. */
  onTrouble(text: string): void;
}

const commands: Known = { spdy: commandProtocols, websocket: commandSubprotocols };
const known: Readonly<Record<Request["kind"], Known>> = {
  exec: commands,
  attach: commands,
  portforward: { spdy: [FORWARD_PROTOCOL], websocket: [TUNNEL_SUBPROTOCOL, ...forwardSubprotocols] },
};

const check = ({ containerId, tty, stdin, stdout, stderr }: AttachStreamRequest): void => {
  if (containerId === "") throw new Invalid("container_id is empty");
  if (tty && stderr) throw new Invalid("tty and stderr cannot both be true: a terminal has one output");
  if (!stdin && !stdout && !stderr) throw new Invalid("one of stdin, stdout and stderr must be true");
};

const checkForward = ({ sandboxId, ports }: ForwardStreamRequest): void => {
  if (sandboxId === "") throw new Invalid("pod_sandbox_id is empty");
  if (ports.length > MOST_PORTS)
    throw new Invalid(`${ports.length} ports; at most ${MOST_PORTS} can be forwarded at once`);
  const wrong = ports.find((port) => !Number.isInteger(port) || port < 1 || port > 65535);
  if (wrong !== undefined) throw new Invalid(`port ${wrong} is none: ports are 1 to 65535`);
};

/** Of a path `/KIND/TOKEN`. */
const addressed = (url: string): { readonly kind: Request["kind"]; readonly token: string } | undefined => {
  const [, kind, token] = /^\/(exec|attach|portforward)\/([\w-]+)(?:\?|$)/.exec(url) ?? [];
  return kind && token ? { kind: kind as Request["kind"], token } : undefined;
};

const serveWebSocket = (socket: WebSocket, subprotocol: string, request: Request, options: SessionOptions): void => {
  if (request.kind !== "portforward") return serveCommandChannels(socket, subprotocol, request, options);
  if (subprotocol !== TUNNEL_SUBPROTOCOL) return void serveForwardChannels(socket, subprotocol, request, options);
  serveForward(
    tunnel(socket, (text) => options.onTrouble(text)),
    request.sandboxId,
    options,
  );
};

const serveSpdy = (socket: Duplex, protocol: string, request: Request, options: SessionOptions): void => {
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n" +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (request.kind === "portforward") serveForward(socket, request.sandboxId, options);
  else serveCommand(socket, protocol as CommandProtocol, request, options);
};

export const streamingServer = async (options: StreamingServerOptions): Promise<StreamingServer> => {
  const { settings, creationTimeoutMs = CREATION_TIMEOUT_MS, speakWithinMs = SPEAK_WITHIN_MS } = options;
  const pending = tokens<Request>(options.sources);
  const session: SessionOptions = { ...options, creationTimeoutMs };
  const upgrade = upgrader();
  const sessions = new Set<Duplex>();

  /** From here on the connection is a session's. */
  const keep = (socket: Duplex): void => {
    sessions.add(socket);
    socket.once("close", () => sessions.delete(socket));
    (socket as Socket).setTimeout(settings.streamIdleTimeoutMs, () => socket.destroy());
  };

  const onRequest: OnRequest = (message, socket, head) => {
    const { method = "", url = "", headers } = message;
    if (method !== "GET" && method !== "POST")
      return refuse(socket, { status: 405, text: "GET and POST open streams", headers: { Allow: "GET, POST" } });
    const found = addressed(url);
    const request = found && pending.redeem(found.kind, found.token);
    if (!request) return refuse(socket, NOT_FOUND);
    const agreed = handshake(headers, known[request.kind], head !== undefined);
    if (agreed.kind === "refused") return refuse(socket, agreed.refusal);
    if (!head) return refuse(socket, NO_UPGRADE);
    if (agreed.kind === "websocket") {
      const { subprotocol } = agreed;
      return upgrade({ message, socket, head, subprotocol }, (webSocket) => {
        keep(socket);
        serveWebSocket(webSocket, subprotocol, request, session);
      });
    }
    keep(socket);
    // What the client has sent behind its request is the beginning of its first frames.
    if (head.length > 0) socket.unshift(head);
    serveSpdy(socket, agreed.protocol, request, session);
  };

  const listener = await listen(settings, speakWithinMs, onRequest);
  const urlOf = (request: Request, subject: string): string => {
    listener.refresh();
    return `${listener.url}${request.kind}/${pending.issue(request, subject)}`;
  };

  return {
    exec(request) {
      check(request);
      if (request.cmd.length === 0) throw new Invalid("cmd is empty");
      return urlOf({ kind: "exec", ...request }, request.containerId);
    },
    attach(request) {
      check(request);
      return urlOf({ kind: "attach", ...request }, request.containerId);
    },
    forward(request) {
      checkForward(request);
      return urlOf({ kind: "portforward", ...request }, request.sandboxId);
    },
    forget: (id) => pending.forget(id),
    url: listener.url,
    get requests() {
      return pending.queue;
    },
    get sessions() {
      return sessions.size;
    },
    async close() {
      const closed = listener.close();
      for (const socket of sessions) socket.destroy();
      await closed;
    },
  };
};
