/**
 * A program `docker-credential-NAME` that knows credentials by host, as docker and containers/image run it. It is run without a
 * shell; what it says never stands in an error, for that may be a secret.
 */
import { Cancelled, Failed, Invalid, quoted } from "../../../errors.ts";
import { run } from "../../linux/run.ts";
import type { Credentials } from "../credentials.ts";

export interface HelperOptions {
  /** Its whole environment; it is looked for in the PATH there. */
  readonly env: Readonly<Record<string, string>>;
  /** It is killed after this. */
  readonly withinMs: number;
}

const MOST_BYTES = 64 << 10;
/** docker's helpers say it so, with exit code 1. */
const NOT_FOUND = /^credentials not found/;

/** Credentials for `host`; undefined: it knows none. Throws Invalid for a name that is none, Failed, and Cancelled. */
export const askHelper = async (
  name: string,
  host: string,
  { env, withinMs }: HelperOptions,
  signal: AbortSignal,
): Promise<Credentials | undefined> => {
  if (!/^[A-Za-z0-9_.-]+$/.test(name))
    throw new Invalid(`${quoted(name)} is no name of a credential helper: letters, digits, "_", "." and "-" make one`);
  const program = `docker-credential-${name}`;
  const failed = (why: string, cause?: unknown): Failed =>
    new Failed(`${program} gives no credentials for ${host}: ${why}; try: echo ${host} | ${program} get`, cause);
  const overdue = AbortSignal.timeout(withinMs);
  const { end, stdout } = await run(
    { argv: [program, "get"], env, input: host, stdout: { keep: MOST_BYTES }, stderr: "nowhere" },
    AbortSignal.any([signal, overdue]),
  ).catch((error: unknown) => {
    throw failed("it cannot be run", error);
  });
  if (signal.aborted) throw new Cancelled(`asking ${program} was called off`);
  if (overdue.aborted) throw failed(`it took longer than ${withinMs} ms`);
  if (stdout.cut) throw failed(`it says more than ${MOST_BYTES} bytes`);
  const said = stdout.bytes.toString("utf8");
  if ("signal" in end) throw failed(`it was ended by ${end.signal}`);
  if (end.code !== 0) {
    if (NOT_FOUND.test(said.trim())) return undefined;
    throw failed(`it ended with code ${end.code}`);
  }
  const answer = answerIn(said);
  if (!answer) throw failed("what it says is not of the protocol");
  const { username, secret } = answer;
  if (username === "" && secret === "") return undefined;
  // The protocol's word for an identity token.
  if (username === "<token>") return { kind: "identity", token: secret };
  return { kind: "password", username, password: secret };
};

const answerIn = (text: string): { readonly username: string; readonly secret: string } | undefined => {
  try {
    const { Username: username, Secret: secret } = JSON.parse(text) as Record<string, unknown>;
    return typeof username === "string" && typeof secret === "string" ? { username, secret } : undefined;
  } catch {
    return undefined; // JSON's own message would quote it
  }
};
