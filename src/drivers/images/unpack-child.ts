/** One unpack worker as a process: it has one job at a time, and is killed where that is called off. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { killGroup } from "../linux/process.ts";
import { program } from "../linux/program.ts";
import type { BlobCame, ToWorker, UnpackAnswer, UnpackJob } from "./unpack-job.ts";

const worker = fileURLToPath(program("unpack-worker", import.meta.url));

/** Of what it allocates nearly everything is dead at once: with Node's own 16 MiB it would only wait longer to be freed. */
const youngObjects = "--max-semi-space-size=4";

export class UnpackChild {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #said = "";
  #failed: UnpackAnswer | undefined;
  #answered: ((answer: UnpackAnswer) => void) | undefined;
  #over = false;

  constructor() {
    const child = spawn(process.execPath, [youngObjects, worker], {
      // A group of its own: it is ended as one, and a terminal's ^C does not reach it.
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child = child;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#said = (this.#said + text).slice(-2000)));
    child.on("message", (message) => this.#heard(message as UnpackAnswer));
    this.#ended = new Promise((resolve) => {
      const over = (how: string): void => {
        this.#over = true;
        const text = `the unpack worker ${how}${this.#said && `: ${this.#said.trim()}`}`;
        this.#tell(this.#failed ?? { failure: { code: "Failed", text } });
        resolve();
      };
      child.once("error", (error) => over(`did not start: ${error.message}`));
      child.once("close", (code, signal) => over(`ended with ${signal ?? `status ${code}`}`));
    });
  }

  /** Whether it could take a job, or another one. */
  get usable(): boolean {
    return !this.#over && this.#failed === undefined && this.#child.connected;
  }

  /** Its answer; a failure is told when the worker has ended, for until then it may still write. */
  work(job: Omit<UnpackJob, "daemonPid">): Promise<UnpackAnswer> {
    const answer = new Promise<UnpackAnswer>((resolve) => (this.#answered = resolve));
    this.#hold(true);
    this.#send({ job: { ...job, daemonPid: process.pid } });
    return answer;
  }

  came(came: BlobCame): void {
    this.#send({ came });
  }

  /** Until there is another job it keeps nobody from ending. */
  rest(): void {
    this.#hold(false);
  }

  /** Ends one that rests. */
  async dismiss(): Promise<void> {
    if (!this.usable) return this.#ended;
    this.#hold(true);
    const gone = once(this.#child, "exit"); // of a child that was disconnected Node tells no close
    this.#child.disconnect();
    await gone;
  }

  kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) killGroup(pid);
    return this.#ended;
  }

  #heard(answer: UnpackAnswer): void {
    if ("failure" in answer) this.#failed = answer;
    else this.#tell(answer);
  }

  #tell(answer: UnpackAnswer): void {
    this.#answered?.(answer);
    this.#answered = undefined;
  }

  /** A worker that has gone is told of by its end. */
  #send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #hold(held: boolean): void {
    const action = held ? "ref" : "unref";
    this.#child[action]();
    this.#child.channel?.[action]();
    (this.#child.stderr as Socket | null)?.[action]();
  }
}
