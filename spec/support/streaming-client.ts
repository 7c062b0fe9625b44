/** What a kubelet's user does with a container: exec, attach and port-forward over SPDY, asked for over gRPC first. */
import type { CriClient } from "../../src/grpc/client.ts";
import { SpdyClient, type ClientSideStream } from "./spdy-client.ts";

export interface Wanted {
  readonly tty?: boolean;
  readonly stdin?: boolean;
}

/** How it ended: an exit code, or what the client is told. */
export interface Outcome {
  readonly code: number;
  readonly told: string;
}

export class Session {
  readonly client: SpdyClient;
  readonly streams: Partial<Record<string, ClientSideStream>>;

  private constructor(client: SpdyClient, streams: Partial<Record<string, ClientSideStream>>) {
    this.client = client;
    this.streams = streams;
  }

  static async open(url: string, { tty = false, stdin = false }: Wanted): Promise<Session> {
    const client = await SpdyClient.open(url);
    const types = ["error", ...(stdin ? ["stdin"] : []), "stdout", tty ? "resize" : "stderr"];
    return new Session(client, await client.command(...types));
  }

  get stdout(): string {
    return this.streams["stdout"]?.text ?? "";
  }
  get stderr(): string {
    return this.streams["stderr"]?.text ?? "";
  }

  type(text: string): void {
    this.client.send(this.#stream("stdin"), text);
  }
  endInput(): void {
    this.client.end(this.#stream("stdin"));
  }
  resize(width: number, height: number): void {
    this.client.send(this.#stream("resize"), JSON.stringify({ Width: width, Height: height }));
  }

  prints(text: string): Promise<void> {
    return this.client.until(`"${text}"`, () => this.stdout.includes(text));
  }

  /** Waits until the session has ended, as clients do: outputs first, then the status. */
  async ended(): Promise<Outcome> {
    const error = this.#stream("error");
    await this.client.until("the status", () => error.over);
    await this.client.close();
    const told = error.text;
    const { status, details } = JSON.parse(told) as {
      status: string;
      details?: { causes: readonly { reason: string; message: string }[] };
    };
    const code = details?.causes.find(({ reason }) => reason === "ExitCode")?.message;
    return { code: status === "Success" ? 0 : Number(code ?? -1), told };
  }

  /** As a client that is killed. */
  vanish(): void {
    this.client.destroy();
  }

  #stream(type: string): ClientSideStream {
    const stream = this.streams[type];
    if (!stream) throw new Error(`this session has no ${type}`);
    return stream;
  }
}

export const openExec = async (
  cri: CriClient,
  id: string,
  cmd: readonly string[],
  { tty = false, stdin = false }: Wanted = {},
): Promise<Session> => {
  const { url } = await cri.call("Exec", { container_id: id, cmd, tty, stdin, stdout: true, stderr: !tty });
  return Session.open(url, { tty, stdin });
};

export const openAttach = async (
  cri: CriClient,
  id: string,
  { tty = false, stdin = false }: Wanted = {},
): Promise<Session> => {
  const { url } = await cri.call("Attach", { container_id: id, tty, stdin, stdout: true, stderr: !tty });
  return Session.open(url, { tty, stdin });
};

export const openForward = async (cri: CriClient, sandboxId: string): Promise<SpdyClient> => {
  const { url } = await cri.call("PortForward", { pod_sandbox_id: sandboxId, port: [] });
  return SpdyClient.open(url, { protocols: ["portforward.k8s.io"] });
};
