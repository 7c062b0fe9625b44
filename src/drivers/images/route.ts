/** What a pull would try: in which order, by whose rule, with whose credentials. Nobody is asked but helpers for credentials. */
import { toFailure } from "../../errors.ts";
import type { RegistryAccess } from "./access/registry-access.ts";
import type { ConfiguredEndpoint } from "./endpoints.ts";
import { formatReference, parseWritten, type Reference } from "./reference.ts";
import type { Gatekeeper } from "./trust/gatekeeper.ts";
import type { Registries, RegistriesThen } from "./registries.ts";

/** Or why it cannot be said, which is what the pull would fail of. */
type OrProblem<T> = T | { readonly problem: string };

export interface RouteStop {
  /** Of the manifest. */
  readonly url: string;
  readonly isMirror: boolean;
  readonly insecure: boolean;
  /** By which it is asked; absent: no rule speaks of this name. */
  readonly rule?: { readonly prefix: string; readonly file: string };
  /** Absent: it is asked without any. `as`: `"anna"`, or `a token`. */
  readonly credentials?: OrProblem<{ readonly as: string; readonly from: string }>;
  /** Absent: the system's authorities alone. */
  readonly certificates?: OrProblem<{
    readonly directory: string;
    readonly authorities: number;
    readonly clients: number;
  }>;
  /** Absent: directly. Without its password. */
  readonly proxy?: OrProblem<{ readonly url: string; readonly variable: string }>;
}

export interface RouteCandidate {
  readonly reference: string;
  /** Why it is meant. */
  readonly because: string;
  /** What is required of the image, by which part of which file; without a file anything is allowed. */
  readonly policy: OrProblem<{ readonly by: string; readonly file?: string; readonly requires: readonly string[] }>;
  /** In the order in which they are asked. */
  readonly stops: readonly RouteStop[];
  /** Why nobody is asked. */
  readonly problem?: string;
}

export interface ImageRoute {
  /** As it was asked for. */
  readonly image: string;
  /** In the order in which they are tried. */
  readonly candidates: readonly RouteCandidate[];
  /** Why nothing is tried. */
  readonly problem?: string;
}

interface Asked {
  readonly access: RegistryAccess;
  readonly gatekeeper: Gatekeeper;
}

const orProblem = async <T>(find: () => Promise<T>): Promise<OrProblem<T>> => {
  try {
    return await find();
  } catch (error) {
    return { problem: toFailure(error).text };
  }
};

/** Throws Invalid for what is no reference; all else that is wrong is in the answer. */
export const imageRoute = async (
  image: string,
  { registries, ...asked }: Asked & { readonly registries: Registries },
  signal: AbortSignal,
): Promise<ImageRoute> => {
  const written = parseWritten(image);
  try {
    const configured = await registries.read(signal);
    const candidates = configured
      .candidates(written)
      .map(({ reference, because }) => candidateOf(reference, because, configured, asked, signal));
    return { image, candidates: await Promise.all(candidates) };
  } catch (error) {
    return { image, candidates: [], problem: toFailure(error).text };
  }
};

const candidateOf = async (
  reference: Reference,
  because: string,
  { conf, endpoints }: RegistriesThen,
  { access, gatekeeper }: Asked,
  signal: AbortSignal,
): Promise<RouteCandidate> => {
  const policy = await orProblem(async () => {
    const { by, file, requirements } = await gatekeeper.gateFor(reference, signal);
    return { by, ...(file !== undefined && { file }), requires: requirements.map(({ type }) => type) };
  });
  const named = { reference: formatReference(reference), because, policy };
  const stopOf = async (endpoint: ConfiguredEndpoint): Promise<RouteStop> => {
    const { base, repository, insecure, isMirror, rule } = endpoint;
    const asking = { domain: reference.domain, auth: undefined, credentialHelpers: conf.credentialHelpers };
    const [credentials, certificates, proxy] = await Promise.all([
      orProblem(() => access.credentialsAt(endpoint, asking, signal)),
      orProblem(() => access.certificatesAt(endpoint, signal)),
      orProblem(() => Promise.try(() => access.proxyAt(endpoint))),
    ]);
    return {
      url: `${base}/v2/${repository}/manifests/${reference.digest ?? reference.tag}`,
      isMirror,
      insecure,
      ...(rule && { rule: { prefix: rule.prefix, file: rule.file } }),
      // Only what is named here gets out: what was found has the secrets in it.
      ...(credentials && {
        credentials:
          "problem" in credentials
            ? credentials
            : {
                as:
                  credentials.credentials.kind === "password"
                    ? JSON.stringify(credentials.credentials.username)
                    : "a token",
                from: credentials.from,
              },
      }),
      ...(certificates && { certificates }),
      ...(proxy && { proxy: "problem" in proxy ? proxy : { url: proxy.shown, variable: proxy.variable } }),
    };
  };
  try {
    return { ...named, stops: await Promise.all(endpoints(reference).map(stopOf)) };
  } catch (error) {
    return { ...named, stops: [], problem: toFailure(error).text };
  }
};
