/**
 * Settings read again while the daemon runs: which keys have changed, and what holds then. A key that a running daemon cannot
 * take over stays as it is until the next start; it is never half taken over.
 */
import { handlersIn, KEYS } from "../settings.ts";
import type { Reach, Read, Value } from "./files.ts";
import { HANDLER_KEYS, HANDLERS, type RuntimeHandler } from "./handlers.ts";

export interface Change {
  /** By its full name. */
  readonly key: string;
  /** Undefined: nothing is said, and there is no preset. */
  readonly from: Value | undefined;
  readonly to: Value | undefined;
  /** Absent: it needs a restart. */
  readonly reach?: Reach;
}

const valueIn = ({ values }: Read, key: string): Value | undefined => values.get(key) ?? KEYS[key]?.preset;

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const handlerNamed = (read: Read, name: string): RuntimeHandler | undefined =>
  handlersIn(read).find((handler) => handler.name === name);

const changesOfHandler = (before: Read, after: Read, name: string): readonly Change[] => {
  const [was, is] = [handlerNamed(before, name), handlerNamed(after, name)];
  const key = `${HANDLERS}.${name}`;
  if (!was || !is) return [{ key, from: was ? "there" : undefined, to: is ? "there" : undefined }];
  return Object.entries(HANDLER_KEYS).flatMap(([word, { field, reach }]) =>
    isSame(was[field], is[field])
      ? []
      : [{ key: `${key}.${word}`, from: was[field], to: is[field], ...(reach && { reach }) }],
  );
};

export const changesBetween = (before: Read, after: Read): readonly Change[] => {
  const names = new Set([...handlersIn(before), ...handlersIn(after)].map(({ name }) => name));
  const ofKeys = Object.entries(KEYS).flatMap(([key, { reach }]): readonly Change[] => {
    const [from, to] = [valueIn(before, key), valueIn(after, key)];
    return isSame(from, to) ? [] : [{ key, from, to, ...(reach && { reach }) }];
  });
  return [...ofKeys, ...[...names].flatMap((name) => changesOfHandler(before, after, name))];
};

/** What can be taken over while running as `after` says it, all else as `before`. */
export const takenOver = (before: Read, after: Read): Read => {
  const values = new Map(before.values);
  for (const [key, { reach }] of Object.entries(KEYS)) {
    const value = after.values.get(key);
    if (!reach) continue;
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  }
  const handlers = handlersIn(before).map((handler) => mergedHandler(handler, handlerNamed(after, handler.name)));
  return { values, handlers: new Map(handlers.map((handler) => [handler.name, handler])), warnings: before.warnings };
};

const mergedHandler = (was: RuntimeHandler, is: RuntimeHandler | undefined): RuntimeHandler => {
  if (!is) return was;
  const fields = Object.values(HANDLER_KEYS).map(({ field, reach }) => [field, (reach ? is : was)[field]] as const);
  return { name: was.name, ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)) };
};
