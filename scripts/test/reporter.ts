/**
 * Reporter for node:test that writes one JSON object a line for each test that has ended, in the shape of TestEnd: what the
 * runner (scripts/test.ts) reads back. Suites count only when they are skipped or fail for a reason of their own.
 */
import { inspect } from "node:util";

/** How one test ended. `path` has the names of its suites first. */
export interface TestEnd {
  readonly path: readonly string[];
  readonly outcome: "passed" | "failed" | "skipped";
  readonly ms: number;
  /** The whole error of one that failed; the reason of one that was skipped. */
  readonly why?: string;
}

const isTestEnd = (value: unknown): value is TestEnd =>
  typeof value === "object" && value !== null && "path" in value && Array.isArray(value.path) && "outcome" in value;

/** One line of a report, read back. */
export const readTestEnd = (line: string): TestEnd => {
  const value: unknown = JSON.parse(line);
  if (isTestEnd(value)) return value;
  throw new Error(`not a line of a test report: ${line}`);
};

interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name: string;
    readonly nesting: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details?: { readonly type?: string; readonly duration_ms: number; readonly error?: Error };
  };
}

const whole = (error: Error | undefined): string => {
  const text = inspect(error?.cause ?? error, { depth: 8 });
  return text.replaceAll(/\n +at .*\(?node:internal\/.*/g, "");
};

const reason = (given: string | boolean | undefined, otherwise: string): string =>
  typeof given === "string" && given !== "" ? given : otherwise;

/** The names of the suites around the test now reported: starts are told in the order of the file. */
const names: string[] = [];

const endOf = ({ type, data }: TestEvent): TestEnd | undefined => {
  const path = [...names.slice(0, data.nesting), data.name];
  const isSuite = data.details?.type === "suite";
  const ms = data.details?.duration_ms ?? 0;
  if (data.skip !== undefined) return { path, outcome: "skipped", ms, why: reason(data.skip, "no reason given") };
  if (data.todo !== undefined) return { path, outcome: "skipped", ms, why: reason(data.todo, "todo") };
  if (type === "test:pass") return isSuite ? undefined : { path, outcome: "passed", ms };
  const error = data.details?.error;
  const isOfChildren = error !== undefined && "failureType" in error && error.failureType === "subtestsFailed";
  return isOfChildren ? undefined : { path, outcome: "failed", ms, why: whole(error) };
};

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === "test:start") names[event.data.nesting] = event.data.name;
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const end = endOf(event);
    if (end) yield `${JSON.stringify(end)}\n`;
  }
}
