/** What people do with a running container, over the streaming server: a shell at a terminal, an attach, a forwarded port. */
import { openAttach, openExec, openForward } from "../../spec/support/streaming-client.ts";
import { expectEqual, type Step } from "./stage.ts";

/** What the steps need of the pod. */
export interface Streamed {
  readonly sandbox: string;
  readonly web: string;
}

const WIDTH = 132;
const HEIGHT = 43;

export const streamSteps = (seen: Streamed): readonly Step[] => [
  {
    title: "Exec, at a terminal",
    work: async ({ daemon }) => {
      const session = await openExec(daemon.client(), seen.web, ["/bin/sh"], { tty: true, stdin: true });
      session.resize(80, 24);
      session.type("stty size\n");
      await session.prints("24 80");
      session.resize(WIDTH, HEIGHT);
      session.type("stty size\n");
      await session.prints(`${HEIGHT} ${WIDTH}`);
      session.type("exit 6\n");
      const { code } = await session.ended();
      expectEqual("the shell's exit code", code, 6);
      return [`a shell whose window became ${WIDTH} × ${HEIGHT} under it; exit code ${code}`];
    },
  },
  {
    title: "Attach",
    work: async ({ daemon }) => {
      const session = await openAttach(daemon.client(), seen.web);
      await session.client.until("three lines", () => session.stdout.split("\n").length > 3);
      session.vanish();
      return [`web's output as it comes: ${session.stdout.split("\n").slice(0, 3).join(" · ")}`];
    },
  },
  {
    title: "PortForward",
    work: async ({ daemon }) => {
      const client = await openForward(daemon.client(), seen.sandbox);
      const { data } = await client.forward(80, "1");
      client.send(data, "GET / HTTP/1.0\r\n\r\n");
      await client.until("the page", () => data.over);
      client.destroy();
      const answer = data.text.trimEnd().split("\n").at(-1)?.trim();
      expectEqual("what the forwarded port 80 says", answer, "hello from the pod");
      return [`port 80 of the pod, with no program inside of it to help: ${answer}`];
    },
  },
];
