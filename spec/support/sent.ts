/** Any call of CRI by its name, and what came of it. */
import { CriError, type CriClient } from "../../src/grpc/client.ts";
import type { CodeName } from "../../src/grpc/codes.ts";
import { method, type MethodName } from "../../src/grpc/contract.ts";
import { within } from "../../scripts/slow.ts";
import type { Message } from "./bad-messages.ts";

export interface Sent {
  readonly code: CodeName;
  /** Of a refusal. */
  readonly text: string;
  /** The last message of a stream; undefined: there was none. */
  readonly answer: Message | undefined;
  readonly tookMs: number;
}

const patienceMs = within(30_000);

/** Streams are read to their end; that of events has none, and is left once it is there. */
export const sent = async (cri: CriClient, name: MethodName, request: Message, signal?: AbortSignal): Promise<Sent> => {
  const begun = performance.now();
  const options = { deadlineMs: patienceMs, ...(signal && { signal }) };
  const outcome = await ask(cri, name, request, options).then(
    (answer) => ({ code: "OK" as CodeName, text: "", answer }),
    (error: unknown) => {
      if (!(error instanceof CriError)) throw error;
      return { code: error.code, text: error.message, answer: undefined };
    },
  );
  return { ...outcome, tookMs: performance.now() - begun };
};

const ask = async (
  cri: CriClient,
  name: MethodName,
  request: Message,
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
): Promise<Message | undefined> => {
  // The names are checked by the contract, and so are the requests by its types' encoders.
  if (!method(name).stream) return (await cri.call(name as "Status", request, options)) as unknown as Message;
  let last: Message | undefined;
  for await (const message of cri.stream(name as "StreamImages", request, options))
    last = message as unknown as Message;
  return last;
};
