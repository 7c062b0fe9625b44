/**
 * containers-certs.d(5): for a host, certificates of who may vouch for it (`*.crt`, besides those of the system), and those by
 * which this node says who it is (`X.cert` with `X.key`). The first directory that is there counts, alone.
 */
import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { Cancelled, Invalid } from "../../../errors.ts";

export interface HostCertificates {
  readonly directory: string;
  readonly authorities: readonly string[];
  readonly clients: readonly { readonly cert: string; readonly key: string }[];
}

/** Where a directory `HOST[:PORT]` is looked for, in this order. */
export const certificatePlaces = (home: string): readonly string[] => [
  join(home, ".config/containers/certs.d"),
  "/etc/containers/certs.d",
  "/etc/docker/certs.d",
];

/** Undefined: no place has a directory for `domain`, which is as the files name it. Throws Invalid and Cancelled. */
export const readHostCertificates = async (
  domain: string,
  places: readonly string[],
  signal: AbortSignal,
): Promise<HostCertificates | undefined> => {
  for (const directory of places.map((place) => join(place, domain))) {
    const names = await ifThere(directory, readdir(directory));
    if (names) return readAll(directory, names.toSorted(), signal);
  }
  return undefined;
};

const ifThere = async <T>(path: string, read: Promise<T>): Promise<T | undefined> => {
  try {
    return await read;
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    if (name === "AbortError") throw new Cancelled(`reading ${path} was called off`);
    if (code === "ENOENT") return undefined;
    throw new Invalid(`${path} cannot be read: ${code ?? String(error)}`, error);
  }
};

const readAll = async (directory: string, names: readonly string[], signal: AbortSignal): Promise<HostCertificates> => {
  const read = async (name: string): Promise<string> => {
    const path = join(directory, name);
    const text = await ifThere(path, readFile(path, { encoding: "utf8", signal }));
    if (text === undefined) throw new Invalid(`${path} leads nowhere`);
    return text;
  };
  const stems = (suffix: string): readonly string[] =>
    names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
  for (const stem of stems(".key"))
    if (!names.includes(`${stem}.cert`))
      throw new Invalid(`${join(directory, stem)}.key is there without its certificate ${stem}.cert`);
  const [authorities, clients] = await Promise.all([
    Promise.all(
      stems(".crt").map(async (stem) => certificatesIn(join(directory, `${stem}.crt`), await read(`${stem}.crt`))),
    ),
    Promise.all(
      stems(".cert").map(async (stem) => {
        if (!names.includes(`${stem}.key`))
          throw new Invalid(
            `${join(directory, stem)}.cert is there without its key ${stem}.key; an authority's certificate is named .crt`,
          );
        const cert = certificatesIn(join(directory, `${stem}.cert`), await read(`${stem}.cert`)).join("\n");
        const pair = { cert, key: await read(`${stem}.key`) };
        checkPair(join(directory, stem), pair);
        return pair;
      }),
    ),
  ]);
  return { directory, authorities: authorities.flat(), clients };
};

const checkPair = (stem: string, pair: HostCertificates["clients"][number]): void => {
  try {
    createSecureContext(pair);
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new Invalid(`${stem}.cert and ${stem}.key are no pair (${code})`, error);
  }
};

/** OpenSSL passes over what is no certificate, and the registry would be told to be untrusted. */
const certificatesIn = (path: string, text: string): readonly string[] => {
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Invalid(`${path} has no certificate in PEM`);
  return found.map((one) => {
    try {
      return new X509Certificate(one).toString();
    } catch (error) {
      throw new Invalid(`${path} has a certificate that cannot be read`, error);
    }
  });
};
