/** `troupe image ls|rm|load`: images by hand, where no registry can be reached, or nobody but the daemon is there to ask. */
import { Invalid } from "../errors.ts";
import { formatReference, parseReference } from "../drivers/images/reference.ts";
import { openImageArchive, type ImageArchive } from "../drivers/images/archive/archived-images.ts";
import { serveArchive } from "../drivers/images/archive/archive-server.ts";
import type { Image } from "../vocabulary/index.ts";
import { askDaemon } from "./daemon.ts";
import { imageRows } from "./image/rows.ts";
import { parse } from "./options.ts";

const HELP = `usage: troupe image ls [-o text|json]
       troupe image rm IMAGE...
       troupe image load FILE [--name NAME]

  ls     lists the images of this node
  rm     removes images, each by a name or an id, with all its names
  load   takes the images of an archive: an OCI layout (a directory, or a tar of it) or what \`docker save\` writes, not packed;
         each under the names that it has there, or one under --name. They are verified and unpacked as pulled ones are.

  --run-dir DIR   where the daemon has its sockets, /run/troupe by default

Exit status: 0 done, 1 not done, 2 usage.

Example, on a node without a registry:  skopeo copy docker://busybox oci-archive:busybox.tar
                                        troupe image load busybox.tar --name docker.io/library/busybox:latest
`;

interface Given {
  readonly words: readonly string[];
  readonly output: string;
  readonly name: string | undefined;
  readonly ask: (method: "GET" | "POST", path: string, asked?: Readonly<Record<string, string>>) => Promise<unknown>;
}

export const run = async (args: readonly string[]): Promise<number> => {
  const { values, words } = parse(args, {
    help: { type: "boolean", short: "h" },
    output: { type: "string", short: "o", default: "text" },
    name: { type: "string" },
    "run-dir": { type: "string", default: "/run/troupe" },
  });
  if (values["help"] === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const [verb = "", ...rest] = words;
  const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
  if (!command) throw new Invalid(`ls, rm or load is meant, not "${verb}"; see troupe image --help`);
  const runDir = String(values["run-dir"]);
  await command({
    words: rest,
    output: String(values["output"]),
    name: values["name"] as string | undefined,
    ask: (method, path, asked = {}) => askDaemon(runDir, method, `${path}?${new URLSearchParams(asked).toString()}`),
  });
  return 0;
};

const list = async ({ words, output, ask }: Given): Promise<void> => {
  if (words.length > 0) throw new Invalid(`ls takes no ${words.join(" ")}`);
  if (output !== "text" && output !== "json") throw new Invalid(`--output is text or json, not ${output}`);
  const images = (await ask("GET", "/images")) as readonly Image[];
  print(output === "json" ? [JSON.stringify(images, undefined, 2)] : imageRows(images));
};

const remove = async ({ words, ask }: Given): Promise<void> => {
  if (words.length === 0) throw new Invalid("which image is to be removed?");
  for (const image of words) {
    const { id } = (await ask("POST", "/images/remove", { image })) as Image;
    print([`removed ${image} ${id}`]);
  }
};

const load = async ({ words: [path, ...more], name, ask }: Given): Promise<void> => {
  if (path === undefined || more.length > 0) throw new Invalid("load takes one archive");
  const archive = await openImageArchive(path);
  const named = namedImages(path, archive, name);
  const server = await serveArchive(archive, named);
  const { port, secret } = server;
  try {
    for (const image of named.keys()) {
      const { id } = (await ask("POST", "/images/load", { image, port: String(port), secret })) as { id: string };
      print([`loaded ${image} ${id}`]);
    }
  } finally {
    server.close();
    await archive.close();
  }
};

const namedImages = (path: string, { images }: ImageArchive, name: string | undefined) => {
  const whole = (text: string): string => formatReference(parseReference(text));
  const [first, ...others] = images;
  if (name !== undefined && first) {
    if (others.length > 0)
      throw new Invalid(
        `${path} holds ${images.length} images: --name can be that of one; load them by their own names`,
      );
    return new Map([[whole(name), first.manifest]]);
  }
  const nameless = images.find(({ names }) => names.length === 0);
  if (nameless) throw new Invalid(`${path} has no name for the image ${nameless.manifest.digest}: say one with --name`);
  return new Map(images.flatMap(({ names, manifest }) => names.map((one) => [whole(one), manifest] as const)));
};

const print = (lines: readonly string[]): void => void process.stdout.write(lines.map((line) => `${line}\n`).join(""));

const commands: Readonly<Record<string, (given: Given) => Promise<void>>> = { ls: list, rm: remove, load };
