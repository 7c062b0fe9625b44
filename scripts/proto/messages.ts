/**
 * Writes src/grpc/messages/*.ts, the types of proto/cri.proto: one file a chapter, and methods.ts.
 * Run: sh scripts/node.sh scripts/proto/messages.ts. A spec fails while the files differ from what this would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { format } from "prettier";
import protobuf from "protobufjs";

type Shape = protobuf.Type | protobuf.Enum;

const proto = new URL("../../proto/cri.proto", import.meta.url);
const folder = new URL("../../src/grpc/messages/", import.meta.url);

/** All files by name, as they ought to be. */
export const messageFiles = async (text = readFileSync(proto, "utf8")): Promise<ReadonlyMap<string, string>> => {
  const { root } = protobuf.parse(text, { keepCase: true, alternateCommentMode: true });
  root.resolveAll();
  const chapters = chaptersOf(text);
  const files = new Map<string, string>();
  for (const chapter of new Set(chapters.values())) {
    const names = [...chapters].filter(([, where]) => where === chapter).map(([name]) => name);
    const shapes = names.flatMap((name) => withNested(root.lookupTypeOrEnum(`runtime.v1.${name}`)));
    files.set(
      `${chapter}.ts`,
      await formatted(chapter, imports(shapes, chapters, chapter) + shapes.map(typed).join("")),
    );
  }
  files.set("methods.ts", await formatted("methods", methods(root, chapters)));
  return files;
};

/** Which chapter each message and enum at the top level stands in. */
const chaptersOf = (text: string): ReadonlyMap<string, string> => {
  const chapters = new Map<string, string>();
  let chapter = "";
  for (const line of text.split("\n")) {
    chapter = /^\/\/ == (\S+) ==/.exec(line)?.[1] ?? chapter;
    const name = /^(?:message|enum) (\w+)/.exec(line)?.[1];
    if (name !== undefined) chapters.set(name, chapter);
  }
  return chapters;
};

const withNested = (shape: Shape): Shape[] =>
  shape instanceof protobuf.Type
    ? [...shape.nestedArray.filter((nested) => nested instanceof protobuf.Enum), shape]
    : [shape];

const doc = (comment: string | null): string => (comment ? `/** ${comment} */\n` : "");

const typed = (shape: Shape): string => {
  if (shape instanceof protobuf.Enum) {
    const values = Object.entries(shape.values).map(
      ([name, n]) => `${doc(shape.comments[name] ?? null)}${name}: ${n},`,
    );
    return `${doc(shape.comment)}export const ${shape.name} = {\n${values.join("\n")}\n} as const;\n
      /** A number of ${shape.name}, or one of a newer client. */\nexport type ${shape.name} = number;\n\n`;
  }
  if (shape.fieldsArray.length === 0)
    return `${doc(shape.comment)}export type ${shape.name} = Record<string, never>;\n\n`;
  const fields = shape.fieldsArray.map((field) => `${doc(field.comment)}readonly ${field.name}: ${fieldType(field)};`);
  return `${doc(shape.comment)}export interface ${shape.name} {\n${fields.join("\n")}\n}\n\n`;
};

const fieldType = (field: protobuf.Field): string => {
  if (field.map) return "Readonly<Record<string, string>>";
  const type = field.resolvedType?.name ?? scalar(field.type);
  if (field.repeated) return `readonly ${type}[]`;
  return field.resolvedType instanceof protobuf.Type ? `${type} | null` : type;
};

const scalar = (type: string): string => {
  if (type === "string") return "string";
  if (type === "bool") return "boolean";
  if (type === "bytes") return "Uint8Array";
  return type.endsWith("int64") ? "Int64" : "number";
};

const imports = (shapes: readonly Shape[], chapters: ReadonlyMap<string, string>, own: string): string => {
  const fields = shapes.flatMap((shape) => (shape instanceof protobuf.Type ? shape.fieldsArray : []));
  const long = fields.some((field) => field.type.endsWith("int64"))
    ? 'import type { Int64 } from "../draft.ts";\n'
    : "";
  return long + importing(new Set(fields.flatMap((field) => field.resolvedType?.name ?? [])), chapters, own);
};

const importing = (names: ReadonlySet<string>, chapters: ReadonlyMap<string, string>, own: string): string => {
  const wanted = [...names].filter((name) => chapters.has(name) && chapters.get(name) !== own);
  const files = [...new Set(wanted.map((name) => chapters.get(name) ?? ""))].toSorted();
  const from = (file: string) => wanted.filter((name) => chapters.get(name) === file).toSorted();
  return `${files.map((file) => `import type { ${from(file).join(", ")} } from "./${file}.ts";`).join("\n")}\n\n`;
};

const methods = (root: protobuf.Root, chapters: ReadonlyMap<string, string>): string => {
  const all = ["RuntimeService", "ImageService"].flatMap(
    (name) => root.lookupService(`runtime.v1.${name}`).methodsArray,
  );
  const rows = all.map((method) => {
    const kind = method.responseStream ? "Streaming" : "Unary";
    return `readonly ${method.name}: ${kind}<${method.requestType}, ${method.responseType}>;`;
  });
  const names = new Set(all.flatMap((method) => [method.requestType, method.responseType]));
  return `${importing(names, chapters, "methods")}
    export interface Unary<Request, Response> { readonly request: Request; readonly response: Response; readonly stream: false }
    export interface Streaming<Request, Response> { readonly request: Request; readonly response: Response; readonly stream: true }
    /** Every method of CRI, of both services. */
    export interface Methods {\n${rows.join("\n")}\n}\n`;
};

const formatted = (chapter: string, text: string): Promise<string> =>
  format(
    `/** Messages of proto/cri.proto, chapter "${chapter}", as contract.ts decodes them: written by scripts/proto/messages.ts. */\n${text}`,
    { parser: "typescript", printWidth: 120 },
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of await messageFiles()) writeFileSync(new URL(name, folder), text);
}
