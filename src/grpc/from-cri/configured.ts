/**
 * Configurations out of requests: canonical bytes, which are kept and compared, and what those bytes say. Reading the
 * kept bytes again after a restart therefore gives the same configuration.
 */
import type { Configured } from "../../supervisors/runtime.ts";
import type { ContainerConfig, SandboxConfig } from "../../vocabulary/index.ts";
import { canonical, fieldBytes } from "../canonical.ts";
import { codec } from "../contract.ts";
import type { ContainerConfig as ContainerMessage } from "../messages/container-config.ts";
import type { CreateContainerRequest } from "../messages/container.ts";
import type { PodSandboxConfig, RunPodSandboxRequest } from "../messages/sandbox.ts";
import { containerConfig } from "./container-config.ts";
import { present } from "./field.ts";
import { sandboxConfig } from "./sandbox-config.ts";

const sandboxes = codec<PodSandboxConfig>("PodSandboxConfig");
const containers = codec<ContainerMessage>("ContainerConfig");

/** Throws Invalid where the bytes are no such configuration. */
export const sandboxConfigFromBytes = (bytes: Uint8Array): SandboxConfig => sandboxConfig(sandboxes.decode(bytes));

/** Throws Invalid where the bytes are no such configuration. */
export const containerConfigFromBytes = (bytes: Uint8Array): ContainerConfig =>
  containerConfig(containers.decode(bytes));

/** Throws Invalid, with the field's name. */
export const configuredSandbox = (request: RunPodSandboxRequest, bytes: Uint8Array): Configured<SandboxConfig> => {
  present("config", request.config);
  const kept = canonical(sandboxes.coder, fieldBytes(bytes, 1));
  return { config: sandboxConfigFromBytes(kept), bytes: kept };
};

/** Throws Invalid, with the field's name. */
export const configuredContainer = (
  request: CreateContainerRequest,
  bytes: Uint8Array,
): Configured<ContainerConfig> => {
  present("config", request.config);
  const kept = canonical(containers.coder, fieldBytes(bytes, 2));
  return { config: containerConfigFromBytes(kept), bytes: kept };
};
