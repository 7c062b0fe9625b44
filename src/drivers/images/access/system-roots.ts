/**
 * Who may vouch for any host: the system's bundle, as the distribution and `update-ca-certificates` keep it. Node has a list of
 * its own, which knows no authority of a company.
 */
import { readFile, stat } from "node:fs/promises";
import { getCACertificates } from "node:tls";

export interface Roots {
  /** PEM; absent: Node's own list. */
  readonly pem?: readonly string[];
  /** Another one where they have changed. */
  readonly stamp: string;
}

/** Debian, Fedora, openSUSE, RHEL, Alpine: where Go looks. */
export const rootFiles = (env: Readonly<Record<string, string | undefined>>): readonly string[] =>
  env["SSL_CERT_FILE"]
    ? [env["SSL_CERT_FILE"]]
    : [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
      ];

/** Of the first of `files` that is there; read again where that has changed. */
export const systemRoots = (files: readonly string[]): (() => Promise<Roots>) => {
  let last: Roots = { stamp: "" };
  return async () => {
    for (const file of files) {
      const seen = await stat(file).catch(() => undefined);
      if (!seen?.isFile()) continue;
      const stamp = `${file} ${seen.ino} ${seen.size} ${seen.mtimeMs}`;
      if (stamp === last.stamp) return last;
      const text = await readFile(file, "utf8").catch(() => undefined);
      // Those of NODE_EXTRA_CA_CERTS count as they do without a list of our own.
      if (text !== undefined) return (last = { pem: [text, ...getCACertificates("extra")], stamp });
    }
    return { stamp: "" };
  };
};
