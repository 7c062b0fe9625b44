/**
 * The files of stream_tls_*: read at the start, and again when one of them was replaced. That is looked at when a URL is
 * given out, so that a renewed certificate is there before the client that needs it. One that cannot be read leaves the old
 * ones in force.
 */
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { failedBy } from "../../errors.ts";
import type { StreamingTls } from "./streaming.ts";

export interface TlsOptions extends SecureContextOptions {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
}

export interface Certificates {
  /** Throws Failed for a file that cannot be read or is no certificate. */
  read(): TlsOptions;
  /** What is to be used from now on; undefined while nothing has changed. */
  changed(): TlsOptions | undefined;
}

export const certificates = ({ cert, key, ca, minVersion }: StreamingTls): Certificates => {
  const paths = ca === undefined ? [cert, key] : [cert, key, ca];
  const mark = (): string =>
    paths
      .map((path) => {
        const { ino, size, mtimeMs } = statSync(path);
        return `${ino} ${size} ${mtimeMs}`;
      })
      .join();

  const read = (): TlsOptions => {
    const options = {
      cert: readFileSync(cert),
      key: readFileSync(key),
      minVersion,
      requestCert: ca !== undefined,
      rejectUnauthorized: ca !== undefined,
      ...(ca !== undefined && { ca: readFileSync(ca) }),
    };
    // Says no to a key that does not fit its certificate, before it is in force.
    createSecureContext(options);
    return options;
  };

  let last = "";
  return {
    read() {
      try {
        last = mark();
        return read();
      } catch (cause) {
        throw failedBy(`streaming server cannot use the certificate ${cert} with the key ${key}`, cause);
      }
    },
    changed() {
      try {
        const now = mark();
        if (now === last) return undefined;
        const options = read();
        last = now;
        return options;
      } catch {
        return undefined;
      }
    },
  };
};
