/** CRI's AuthConfig as what a registry is told, in the order in which the peers read it. */
import type { RegistryAuth } from "../../vocabulary/index.ts";

export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** Exchanged for access tokens at the registry's token server. */
  | { readonly kind: "identity"; readonly token: string }
  /** Sent as it is. */
  | { readonly kind: "bearer"; readonly token: string };

/** For requests to `host` (with its port): what was given for another server is kept from it. */
export const credentialsFor = (auth: RegistryAuth | undefined, host: string): Credentials | undefined => {
  if (!auth || (auth.serverAddress !== "" && serverHost(auth.serverAddress) !== host)) return undefined;
  if (auth.username !== "") return { kind: "password", username: auth.username, password: auth.password };
  if (auth.identityToken !== "") return { kind: "identity", token: auth.identityToken };
  if (auth.auth !== "") return basicCredentials(auth.auth);
  return auth.registryToken === "" ? undefined : { kind: "bearer", token: auth.registryToken };
};

/** `https://index.docker.io/v1/`, `quay.io`: the key under which docker's files keep credentials. */
const serverHost = (address: string): string => {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return ["docker.io", "index.docker.io", "registry-1.docker.io"].includes(host) ? "docker.io" : host;
};

/** base64 of `user:password`; some clients pad with NULs. Without a colon, or a name, it is nobody's. */
export const basicCredentials = (auth: string): Credentials | undefined => {
  const decoded = Buffer.from(auth, "base64").toString("utf8").replaceAll("\0", "");
  const colon = decoded.indexOf(":");
  if (colon < 1) return undefined;
  return { kind: "password", username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
};
