/** `runtimeConfig`: what a plugin may be told beyond its configuration, where it declares the capability (CNI's CONVENTIONS.md). */
import { Invalid } from "../../errors.ts";
import type { Conflist } from "./conflist.ts";
import { asObject, excerpt, type JsonObject } from "./json.ts";
import type { AttachRequest } from "./network.ts";

const ingressAnnotation = "kubernetes.io/ingress-bandwidth";
const egressAnnotation = "kubernetes.io/egress-bandwidth";
/** The most that the bandwidth plugin takes: it counts bytes in 32 bits. */
const burstBits = 2 ** 35 - 9;

const factors: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity of bits a second, in the bounds that all runtimes keep: 1k to 1P. */
const rate = (annotation: string, text: string): number => {
  const [, number, unit = ""] = /^\+?((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([kMGTP]|[KMGTP]i)?$/.exec(text) ?? [];
  const bits = number === undefined ? Number.NaN : Math.ceil(Number(number) * (factors[unit] ?? Number.NaN));
  if (!(bits >= 1e3 && bits <= 1e15))
    throw new Invalid(`annotation ${annotation} asks for ${excerpt(text)}, which is no rate between 1k and 1P`);
  return bits;
};

const bandwidth = ({ annotations }: AttachRequest): JsonObject | undefined => {
  const ingress = annotations[ingressAnnotation];
  const egress = annotations[egressAnnotation];
  if (ingress === undefined && egress === undefined) return undefined;
  return {
    ...(ingress !== undefined && { ingressRate: rate(ingressAnnotation, ingress), ingressBurst: burstBits }),
    ...(egress !== undefined && { egressRate: rate(egressAnnotation, egress), egressBurst: burstBits }),
  };
};

const hostPorts = ({ portMappings }: AttachRequest): AttachRequest["portMappings"] =>
  portMappings.filter(({ hostPort }) => hostPort > 0);

const mappings = (request: AttachRequest): readonly JsonObject[] | undefined => {
  const wanted = hostPorts(request).map(({ hostPort, containerPort, protocol, hostIp }) => ({
    hostPort,
    containerPort,
    protocol,
    ...(hostIp !== "" && { hostIP: hostIp }),
  }));
  return wanted.length > 0 ? wanted : undefined;
};

type Capability = (request: AttachRequest) => JsonObject[string];

const capabilities: Readonly<Record<string, Capability>> = {
  portMappings: mappings,
  bandwidth,
  dns: ({ dns }) => (dns ? { ...dns } : undefined),
  cgroupPath: ({ cgroupParent }) => cgroupParent || undefined,
  "io.kubernetes.cri.pod-annotations": ({ annotations }) =>
    Object.keys(annotations).length > 0 ? annotations : undefined,
};

const declares = (plugin: JsonObject, capability: string): boolean =>
  asObject(plugin["capabilities"])?.[capability] === true;

/**
 * All that the plugins of this network want to know and the pod says. Throws Invalid for a pod that asks for what this
 * network cannot do: a host port that nobody maps would be lost in silence.
 */
export const capabilityArgs = ({ name, plugins }: Conflist, request: AttachRequest): JsonObject => {
  const declared = (capability: string): boolean => plugins.some((plugin) => declares(plugin, capability));
  const [port] = hostPorts(request);
  if (port && !declared("portMappings"))
    throw new Invalid(
      `the pod asks for host port ${port.hostPort}, and no plugin of CNI network "${name}" maps ports: add the portmap plugin, with the capability "portMappings"`,
    );
  const entries = Object.entries(capabilities)
    .filter(([capability]) => declared(capability))
    .map(([capability, value]) => [capability, value(request)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
};

/** The part of it for one plugin; undefined where there is none. */
export const runtimeConfig = (plugin: JsonObject, args: JsonObject): JsonObject | undefined => {
  const entries = Object.entries(args).filter(([capability]) => declares(plugin, capability));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
};
