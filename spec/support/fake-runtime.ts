/** A runtime for specs of what speaks to one: it answers from what it is given, and remembers what it was asked. */
import { NotFound } from "../../src/errors.ts";
import { codec } from "../../src/grpc/contract.ts";
import type { Draft } from "../../src/grpc/draft.ts";
import { containerConfigFromBytes, sandboxConfigFromBytes } from "../../src/grpc/from-cri/configured.ts";
import type { ContainerConfig as ContainerMessage } from "../../src/grpc/messages/container-config.ts";
import type { PodSandboxConfig } from "../../src/grpc/messages/sandbox.ts";
import type { Runtime } from "../../src/supervisors/runtime.ts";
import { noFigures } from "./no-figures.ts";
import type {
  ContainerConfig,
  ContainerId,
  ContainerView,
  Image,
  ImageId,
  SandboxConfig,
  SandboxId,
  SandboxView,
} from "../../src/vocabulary/index.ts";

export interface FakeRuntime extends Runtime {
  /** Every call that does work, in order: its name, then its arguments without the caller. */
  readonly asked: (readonly unknown[])[];
}

export interface FakeContents {
  readonly sandboxes?: readonly SandboxView[];
  readonly containers?: readonly ContainerView[];
  readonly images?: readonly Image[];
}

/** `instead` replaces single answers. */
export const fakeRuntime = (contents: FakeContents = {}, instead: Partial<Runtime> = {}): FakeRuntime => {
  const { sandboxes = [], containers = [], images = [] } = contents;
  const asked: (readonly unknown[])[] = [];
  const done = (...call: readonly unknown[]): Promise<void> => {
    asked.push(call);
    return Promise.resolve();
  };
  return {
    asked,
    runSandbox: (request) => done("runSandbox", request).then(() => sandboxId("5")),
    stopSandbox: (id) => done("stopSandbox", id),
    removeSandbox: (id) => done("removeSandbox", id),
    updateSandbox: (id, given) => void asked.push(["updateSandbox", id, given]),
    sandboxes: () => sandboxes,
    sandbox: (id) => found("sandbox", id, sandboxes),
    createContainer: (request) => done("createContainer", request).then(() => containerId("c")),
    startContainer: (id) => done("startContainer", id),
    stopContainer: (id, graceMs) => done("stopContainer", id, graceMs),
    removeContainer: (id) => done("removeContainer", id),
    updateContainer: (id, given) => done("updateContainer", id, given),
    checkpointContainer: (id, location, timeoutMs) => done("checkpointContainer", id, location, timeoutMs),
    containers: () => containers,
    container: (id) => found("container", id, containers),
    execSync: (id, command, timeoutMs) =>
      done("execSync", id, command, timeoutMs).then(() => ({
        stdout: Buffer.from("out"),
        stderr: Buffer.from("err"),
        exitCode: 3,
      })),
    reopenLog: (id) => done("reopenLog", id),
    openExec: (id, command, wanted) => (
      void asked.push(["openExec", id, command, wanted]),
      "http://127.0.0.1:1/exec/t"
    ),
    openAttach: (id, wanted) => (void asked.push(["openAttach", id, wanted]), "http://127.0.0.1:1/attach/t"),
    openForward: (id, ports) => (void asked.push(["openForward", id, ports]), "http://127.0.0.1:1/portforward/t"),
    exec: (session, id, command) => done("exec", session, id, command).then(() => 0),
    attach: (session, id) => done("attach", session, id),
    pullImage: (reference, { auth }) => done("pullImage", reference, auth).then(() => imageId("1")),
    images: () => images,
    image: (reference) => images.find((image) => image.id === reference || image.repoTags.includes(reference)),
    removeImage: (reference) => done("removeImage", reference),
    imageFs: () =>
      Promise.resolve({ mountpoint: "/var/lib/troupe", usedBytes: 4096, inodesUsed: 12, atNs: "1700000000000000007" }),
    events: async function* () {},
    figures: noFigures,
    lifecycle: () => undefined,
    worthTelling: () => undefined,
    runtimeCondition: () => ({ ok: true, reason: "", message: "" }),
    networkCondition: () => ({ ok: false, reason: "NetworkPluginNotReady", message: "no network is configured" }),
    handlers: () =>
      ["", "crun", "runc"].map((name) => ({ name, recursiveReadOnlyMounts: true, userNamespaces: false })),
    cgroupDriver: () => "cgroupfs",
    info: () => ({ config: { stateDir: "/run/troupe" } }),
    ...instead,
  };
};

const found = <View extends { readonly id: string }>(kind: string, id: string, views: readonly View[]): View => {
  const view = views.find((each) => each.id.startsWith(id));
  if (!view) throw new NotFound(kind, id);
  return view;
};

// Ids are made here in their one form, so that the cast stands in one place.
const digits = (text: string): string => text.padEnd(64, "0");
export const sandboxId = (text: string): SandboxId => digits(text) as SandboxId;
export const containerId = (text: string): ContainerId => digits(text) as ContainerId;
export const imageId = (text: string): ImageId => `sha256:${digits(text)}` as ImageId;

/** A configuration as a kubelet may send it; `more` replaces fields. */
export const sandboxMessage = (more: Draft<PodSandboxConfig> = {}): Draft<PodSandboxConfig> => ({
  metadata: { name: "web", uid: "9ffa4c5e", namespace: "shop", attempt: 1 },
  hostname: "web",
  log_directory: "/var/log/pods/shop_web_9ffa4c5e",
  labels: { app: "web" },
  annotations: { note: "as it came" },
  ...more,
});

/** A configuration as a kubelet may send it; `more` replaces fields. */
export const containerMessage = (more: Draft<ContainerMessage> = {}): Draft<ContainerMessage> => ({
  metadata: { name: "server", attempt: 2 },
  image: { image: imageId("1"), user_specified_image: "nginx:1.27" },
  command: ["nginx"],
  log_path: "server/2.log",
  labels: { app: "web", tier: "front" },
  annotations: { note: "as it came" },
  ...more,
});

export const sandboxConfigOf = (more: Draft<PodSandboxConfig> = {}): SandboxConfig =>
  sandboxConfigFromBytes(codec<PodSandboxConfig>("PodSandboxConfig").encode(sandboxMessage(more)));

export const containerConfigOf = (more: Draft<ContainerMessage> = {}): ContainerConfig =>
  containerConfigFromBytes(codec<ContainerMessage>("ContainerConfig").encode(containerMessage(more)));

export const sandboxView = (more: Partial<SandboxView> = {}): SandboxView => ({
  id: sandboxId("5"),
  ready: true,
  createdAt: "1700000000000000001",
  config: sandboxConfigOf(),
  handler: "",
  ips: ["10.1.0.7", "fd00::7"],
  lifecycle: "ready",
  namespacePaths: { network: "/run/netns/troupe-5" },
  sums: {},
  ...more,
});

export const containerView = (more: Partial<ContainerView> = {}): ContainerView => ({
  id: containerId("c"),
  sandboxId: sandboxId("5"),
  config: containerConfigOf(),
  state: "running",
  createdAt: "1700000000000000002",
  startedAt: "1700000000000000003",
  reason: "",
  message: "",
  imageId: imageId("1"),
  imageRef: `docker.io/library/nginx@${imageId("d")}`,
  logPath: "/var/log/pods/shop_web_9ffa4c5e/server/2.log",
  user: { uid: 101, gid: 102, groups: [102, 3000] },
  stopSignal: 3,
  pid: 4711,
  warnings: [],
  resources: (more.config ?? containerConfigOf()).resources,
  lifecycle: "running",
  ...more,
});

export const imageOf = (more: Partial<Image> = {}): Image => ({
  id: imageId("1"),
  repoTags: ["docker.io/library/nginx:1.27"],
  repoDigests: [`docker.io/library/nginx@${imageId("d")}`],
  sizeBytes: 12345,
  diffIds: [],
  config: {
    user: "",
    env: ["PATH=/bin"],
    entrypoint: [],
    cmd: ["nginx"],
    workingDir: "/",
    stopSignal: "SIGQUIT",
    volumes: ["/data"],
    labels: {},
  },
  pinned: false,
  ...more,
});
