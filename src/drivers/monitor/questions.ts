/** Questions to the monitor, over the connection that there is: each with its bound, none that its version does not know. */
import { Exhausted, Unavailable } from "../../errors.ts";
import { boundOf, QUESTION_MS, unanswered } from "../../monitor/bounds.ts";
import { versionOf, type Answers, type Request } from "../../monitor/protocol.ts";
import type { QueueFigures } from "../../vocabulary/index.ts";
import { MOST_QUEUED_BYTES, type Connection } from "./connection.ts";
import { within } from "./within.ts";

/** `heard` gets the answer when it comes, also after the bound. */
export type Ask = <Asked extends Request>(
  request: Asked,
  heard?: (answer: Answers[Asked["verb"]]) => void,
) => Promise<Answers[Asked["verb"]]>;

export interface QuestionsOptions {
  /** How long it may take to answer what it knows or notes at once. */
  readonly questionMs?: number;
  /** Ends when the monitor has replaced its program, or has failed to; absent: it does not. */
  readonly upgrading: () => Promise<unknown> | undefined;
}

export class Questions {
  readonly questionMs: number;
  readonly #upgrading: QuestionsOptions["upgrading"];
  #connection: Connection | undefined;
  #protocol = 0;
  #refused = 0;

  constructor({ questionMs = QUESTION_MS, upgrading }: QuestionsOptions) {
    this.questionMs = questionMs;
    this.#upgrading = upgrading;
  }

  /** From now on by this connection, on which this version is spoken; the one before is hung up. */
  goOnBy(connection: Connection, protocol: number): void {
    this.#connection?.close();
    this.#connection = connection;
    this.#protocol = protocol;
  }

  /** There is no connection any more. */
  stop(): void {
    this.#connection = undefined;
  }

  /** Bytes that the monitor has not read yet. */
  get queue(): QueueFigures {
    return { length: this.#connection?.queuedBytes ?? 0, bound: MOST_QUEUED_BYTES, refused: this.#refused };
  }

  get reached(): boolean {
    return this.#connection !== undefined;
  }

  /** Now, or after an upgrade. */
  get mayBeAnswered(): boolean {
    return this.reached || this.#upgrading() !== undefined;
  }

  /** Throws Unavailable where there is none. */
  get connection(): Connection {
    if (!this.#connection) throw new Unavailable("there is no connection to the monitor");
    return this.#connection;
  }

  /**
   * During an upgrade questions wait for the new program, and those that the old one left unanswered are asked again: their
   * bound begins anew.
   */
  readonly ask: Ask = async (request, heard = () => {}) => {
    await this.#upgrading()?.catch(() => {}); // told to who asked for it
    try {
      return await this.askNow(request, heard);
    } catch (error) {
      // What makes something is always answered: the monitor waits for it before it replaces itself.
      const makes = request.verb === "create" || request.verb === "exec";
      if (makes || !(error instanceof Unavailable) || !this.#upgrading()) throw error;
      return this.ask(request, heard);
    }
  };

  /** Of whoever is there, once. */
  readonly askNow: Ask = async (request, heard = () => {}) => {
    const { connection } = this;
    if (versionOf(request) > this.#protocol) throw tooOld(request);
    const boundMs = boundOf(request, this.questionMs);
    const answered = connection.ask(request).then(
      (answer) => (heard(answer), answer),
      (error: unknown) => {
        if (error instanceof Exhausted) this.#refused += 1;
        throw error;
      },
    );
    return within(boundMs, answered, () => unanswered(request, boundMs));
  };
}

const tooOld = ({ verb }: Request): Unavailable =>
  new Unavailable(
    `the monitor cannot do this "${verb}", for it is of an older version; replace it: troupe monitor upgrade`,
  );
