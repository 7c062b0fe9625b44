/**
 * Requests as no client should send them, made out of a good one by the contract's own types: each place of a message gets
 * what does not belong there, so that a field that is new to the contract is tried without anybody's thinking of it.
 */
import protobuf from "protobufjs";

export type Message = Readonly<Record<string, unknown>>;

/** One way to be bad, for the places that can be bad in this way. */
export interface Badness {
  readonly what: string;
  /** undefined: not for this field. */
  value(field: protobuf.Field): { readonly put: unknown } | undefined;
}

export interface BadMessage {
  readonly what: string;
  /** `config.mounts[0].propagation`; of several places at once the last. */
  readonly place: string;
  readonly message: Message;
}

/** One step into a message: a field's name, the first item of a list, or the value of a map's key. */
type Step = string | 0;

interface Place {
  readonly steps: readonly Step[];
  readonly field: protobuf.Field;
}

/** The key by which a map's value is tried. */
const KEY = "tried";

const isMessage = ({ resolvedType }: protobuf.Field): boolean => resolvedType instanceof protobuf.Type;
const isEnum = ({ resolvedType }: protobuf.Field): boolean => resolvedType instanceof protobuf.Enum;

const put = (value: unknown, isFor: (field: protobuf.Field) => boolean): Badness["value"] => {
  return (field) => (isFor(field) ? { put: value } : undefined);
};

const text = (what: string, value: string): Badness => ({
  what,
  value: ({ type }) =>
    type === "string" ? { put: value } : type === "bytes" ? { put: Buffer.from(value) } : undefined,
});

const least: Readonly<Record<string, unknown>> = { int32: -(2 ** 31), int64: "-9223372036854775808" };
const most: Readonly<Record<string, unknown>> = {
  int32: 2 ** 31 - 1,
  uint32: 2 ** 32 - 1,
  int64: "9223372036854775807",
  uint64: "18446744073709551615",
};

const MEGABYTE = 1 << 20;

export const ways: readonly Badness[] = [
  { what: "left out", value: put(undefined, isMessage) },
  { what: "empty", value: put({}, isMessage) },
  { what: "a number of the future", value: put(4242, isEnum) },
  { what: "a negative number", value: put(-1, isEnum) },
  { what: "the least number", value: ({ type }) => (type in least ? { put: least[type] } : undefined) },
  { what: "the largest number", value: ({ type }) => (type in most ? { put: most[type] } : undefined) },
  text("a megabyte", "x".repeat(MEGABYTE)),
  text("a path of a megabyte", `/${"x".repeat(MEGABYTE)}`),
  text("a text with a NUL", "a\0b"),
  text("a path that climbs", "../../../etc/passwd"),
  text("two lines", "a\nb: c"),
];

const stepsOf = (field: protobuf.Field): readonly Step[] =>
  field.map ? [field.name, KEY] : field.repeated ? [field.name, 0] : [field.name];

/** Each field of the type and of the messages in it; of a list its first item, of a map the value of a key. */
const placesOf = (type: protobuf.Type, before: readonly Step[] = []): readonly Place[] =>
  type.fieldsArray.flatMap((field) => {
    const steps = [...before, ...stepsOf(field)];
    const inner = field.resolve().resolvedType;
    return [{ steps, field }, ...(inner instanceof protobuf.Type ? placesOf(inner, steps) : [])];
  });

const isRecord = (value: unknown): value is Message => typeof value === "object" && value !== null;

/** The message with `value` at these steps; what is not there on the way is made, undefined takes away what is there. */
const withValue = (message: unknown, [step, ...rest]: readonly Step[], value: unknown): unknown => {
  if (step === undefined) return value;
  if (step === 0) {
    const [first, ...others] = Array.isArray(message) ? (message as readonly unknown[]) : [];
    const item = withValue(first, rest, value);
    return item === undefined ? others : [item, ...others];
  }
  const fields = isRecord(message) ? message : {};
  return { ...fields, [step]: withValue(fields[step], rest, value) };
};

/** What is not there cannot be left out. */
const isThere = (message: unknown, [step, ...rest]: readonly Step[]): boolean => {
  if (step === undefined) return message !== undefined;
  if (step === 0) return Array.isArray(message) && isThere(message[0], rest);
  return isRecord(message) && isThere(message[step], rest);
};

const nameOf = (steps: readonly Step[]): string =>
  steps
    .map((step) => (step === 0 ? "[0]" : `.${step}`))
    .join("")
    .slice(1);

/** So many of a megabyte fit one message. */
const PLACES_AT_ONCE = 12;

/** Each place bad in one way; those for which `isIgnored` holds many at once, as nobody looks at any of them. */
export const badMessages = (
  type: protobuf.Type,
  good: Message,
  { what, value }: Badness,
  isIgnored: (place: string) => boolean,
): readonly BadMessage[] => {
  const places = placesOf(type).filter((place) => {
    const bad = value(place.field);
    return bad && (bad.put !== undefined || isThere(good, place.steps));
  });
  const looked = places.filter(({ steps }) => !isIgnored(nameOf(steps)));
  const others = places.filter((place) => !looked.includes(place));
  const groups = [...looked.map((place) => [place]), ...inGroups(others)];
  return groups.map((group) => ({
    what,
    place: nameOf(group.at(-1)?.steps ?? []),
    message: group.reduce<unknown>((message, { steps, field }) => withValue(message, steps, value(field)?.put), good),
  })) as readonly BadMessage[];
};

const inGroups = (places: readonly Place[]): readonly (readonly Place[])[] =>
  places.length === 0 ? [] : [places.slice(0, PLACES_AT_ONCE), ...inGroups(places.slice(PLACES_AT_ONCE))];
