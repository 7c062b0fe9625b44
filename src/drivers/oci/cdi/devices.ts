/**
 * Finds CDI devices by their names in the operator's directories (`cdi_spec_dirs`), which are read when a container asks for one:
 * they are local, and device plugins rewrite them at any time.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Invalid, quoted } from "../../../errors.ts";
import { isErrno } from "../../linux/libc.ts";
import { cdiDocument, qualifiedName, type CdiDocument } from "./document.ts";
import { allEdits, type ContainerEdits } from "./edits.ts";

interface Source extends CdiDocument {
  readonly file: string;
  /** Of its directory: the highest one that has a device is the one that counts. */
  readonly rank: number;
}

interface Known {
  readonly documents: readonly Source[];
  /** Files that cannot be understood, with the reason. */
  readonly bad: readonly string[];
}

/**
 * What these devices, `vendor.com/class=name`, change of a container. Throws Invalid for a name that no file has, or two files of
 * one directory; files that could not be read are named with it, for the device may be in one of them.
 */
export const cdiEdits = (names: readonly string[], directories: readonly string[]): ContainerEdits => {
  const known = read(directories);
  const found = [...new Set(names)].map((name) => deviceOf(name, known, directories));
  // The document's own edits come once, before those of its devices.
  const documents = [...new Set(found.map(({ document }) => document))];
  return allEdits([...documents.map(({ edits }) => edits), ...found.map(({ edits }) => edits)]);
};

const deviceOf = (
  name: string,
  { documents, bad }: Known,
  directories: readonly string[],
): { readonly document: Source; readonly edits: ContainerEdits } => {
  const { kind, name: device = "" } = qualifiedName.exec(name)?.groups ?? {};
  if (kind === undefined) throw new Invalid(`CDI device ${quoted(name)} has no name of the form VENDOR/CLASS=NAME`);
  const holders = documents.filter((one) => one.kind === kind && one.devices.has(device));
  const highest = Math.max(...holders.map(({ rank }) => rank));
  const [document, other] = holders.filter(({ rank }) => rank === highest);
  const edits = document?.devices.get(device);
  if (!document || !edits) throw new Invalid(unknown(name, kind, documents, bad, directories));
  if (other)
    throw new Invalid(`CDI device ${quoted(name)} is in ${document.file} and in ${other.file}; remove one of them`);
  return { document, edits };
};

const unknown = (
  name: string,
  kind: string,
  documents: readonly Source[],
  bad: readonly string[],
  directories: readonly string[],
): string => {
  const siblings = documents.filter((one) => one.kind === kind).flatMap(({ devices }) => [...devices.keys()]);
  const others =
    siblings.length > 0 ? `of ${kind} there are ${siblings.slice(0, 10).join(", ")}` : `nothing of ${kind} is there`;
  const unread = bad.length > 0 ? `; files that cannot be used: ${bad.join("; ")}` : "";
  return `CDI device ${quoted(name)} is not known: ${others} in ${directories.join(" and ")}; is its driver's plugin running?${unread}`;
};

const read = (directories: readonly string[]): Known => {
  const documents: Source[] = [];
  const bad: string[] = [];
  directories.forEach((directory, rank) => {
    for (const file of filesIn(directory))
      try {
        documents.push({
          ...cdiDocument(readFileSync(file, "utf8"), file.endsWith(".json") ? "json" : "yaml"),
          file,
          rank,
        });
      } catch (error) {
        bad.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      }
  });
  return { documents, bad };
};

const filesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory)
      .filter((name) => /\.(json|yaml)$/.test(name))
      .toSorted()
      .map((name) => join(directory, name));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
};

/** Devices by the annotations of before CRI had a field for them: `cdi.k8s.io/…`, names with commas between them. */
export const annotatedDevices = (annotations: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(annotations)
    .filter(([key]) => key.startsWith("cdi.k8s.io/"))
    .flatMap(([, value]) => value.split(",").map((name) => name.trim()))
    .filter((name) => name !== "");
