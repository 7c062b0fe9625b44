/** `stream_*`: where clients of exec, attach and port-forward come in. */
import { isIP } from "node:net";
import { Invalid } from "../errors.ts";

export interface StreamingSettings {
  readonly streamAddress: string;
  /** 0: any that is free. */
  readonly streamPort: number;
  /** 0: never. */
  readonly streamIdleTimeoutMs: number;
  /** Absent: plain http. */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    readonly ca?: string;
    readonly minVersion: "TLSv1.2" | "TLSv1.3";
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** As Go writes durations: `1h30m`, `90s`; "" and `0` are none. */
const durationMs = (key: string, text: string): number => {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))*$|^0$/.test(text))
    throw new Invalid(`${key} is "${text}"; it is to be a duration as 4h, 1h30m or 90s, or 0 for none`);
  return [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS_MS[unit] ?? 0),
    0,
  );
};

export const streamingOf = (text: (key: string) => string, enableTls: boolean): StreamingSettings => {
  const streamPort = Number(text("troupe.api.stream_port"));
  if (!Number.isInteger(streamPort) || streamPort < 0 || streamPort > 65535)
    throw new Invalid(`troupe.api.stream_port is "${text("troupe.api.stream_port")}"; it is to be 0 to 65535`);
  const address = text("troupe.api.stream_address");
  if (isIP(address) === 0) throw new Invalid(`troupe.api.stream_address is "${address}"; it is to be an IP address`);
  const streaming = {
    streamAddress: address,
    streamPort,
    streamIdleTimeoutMs: durationMs("troupe.api.stream_idle_timeout", text("troupe.api.stream_idle_timeout")),
  };
  if (!enableTls) return streaming;
  const [cert, key, ca] = ["cert", "key", "ca"].map((file) => text(`troupe.api.stream_tls_${file}`));
  if (!cert || !key)
    throw new Invalid("troupe.api.stream_enable_tls is set; stream_tls_cert and stream_tls_key are to name PEM files");
  const version = text("troupe.api.tls_min_version");
  if (version !== "VersionTLS12" && version !== "VersionTLS13")
    throw new Invalid(`troupe.api.tls_min_version is "${version}"; it is to be VersionTLS12 or VersionTLS13`);
  const minVersion = version === "VersionTLS13" ? "TLSv1.3" : "TLSv1.2";
  return { ...streaming, tls: { cert, key, ...(ca ? { ca } : {}), minVersion } };
};
