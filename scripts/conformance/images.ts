/** The images that critest asks for, under the names that it asks for them by. Their digests are not those of the originals. */
import { testImage, type TestImage, type TestImageConfig } from "../../spec/support/busybox-image.ts";
import {
  busyboxLayer,
  escalationLayer,
  groupLayer,
  httpdLayer,
  markLayer,
  nginxLayer,
  pauseLayer,
} from "./contents.ts";

/** Of their hosts all are the one registry here: k8s.gcr.io and registry.k8s.io have the same repositories. */
export const hosts = ["registry.k8s.io", "k8s.gcr.io", "gcr.io", "public.ecr.aws"];

/** Cannot be made here: it has a digest of its own, which is a hash of what cri-tools' authors have built. */
export const digestImage =
  "gcr.io/k8s-staging-cri-tools/test-image-digest@sha256:9700f9a2f5bf2c45f2f605a0bd3bce7cf37420ec9d3ed50ac2758413308766bf";

export interface NamedImage {
  readonly repository: string;
  readonly tag: string;
  readonly image: TestImage;
}

const Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
const nginxCommand = ["nginx", "-g", "daemon off;"];

/** Where the static program is that stands for pause. */
const waiting = "/usr/bin/catatonit";

/** `root` is where Debian's packages are unpacked. */
export const testImages = (root: string): readonly NamedImage[] => {
  const busybox = busyboxLayer(root);
  const onBusybox = (layers: readonly Buffer[], config: TestImageConfig = {}): TestImage =>
    testImage([busybox, ...layers], { Env, Cmd: ["sh"], ...config });
  const e2e = (name: string, tag: string, image: TestImage): NamedImage => ({
    repository: `e2e-test-images/${name}`,
    tag,
    image,
  });
  const ours = (name: string, tag: string, image: TestImage): NamedImage => ({
    repository: `k8s-staging-cri-tools/${name}`,
    tag,
    image,
  });
  const marked = (name: string, tag: string, mark = `${name}-${tag}`): NamedImage =>
    ours(name, tag, onBusybox([markLayer(mark)]));
  const ofUser = (name: string, User: string): NamedImage =>
    ours(`test-image-user-${name}`, "latest", onBusybox([], { User }));
  const goArchitecture = process.arch === "x64" ? "amd64" : process.arch;
  return [
    e2e("busybox", "1.29-2", onBusybox([])),
    e2e("nginx", "1.14-2", onBusybox([nginxLayer(root, 80)], { Cmd: nginxCommand })),
    e2e("httpd", "2.4.39-4", onBusybox([httpdLayer()], { Cmd: ["httpd-foreground"] })),
    e2e("nonewprivs", "1.3", onBusybox([escalationLayer(root)], { Cmd: ["escalate"] })),
    ours(`hostnet-nginx-${goArchitecture}`, "latest", onBusybox([nginxLayer(root, 12003)], { Cmd: nginxCommand })),
    ours("test-image-predefined-group", "latest", onBusybox([groupLayer()], { User: "1000" })),
    ofUser("uid", "1002"),
    ofUser("username", "www-data"),
    ofUser("uid-group", "1003:users"),
    ofUser("username-group", "www-data:100"),
    marked("test-image-latest", "latest"),
    marked("test-image-tag", "test"),
    marked("test-image-tag", "all"),
    ...["1", "2", "3"].map((number) => marked(`test-image-${number}`, "latest")),
    ...["1", "2", "3"].map((tag) => marked("test-image-tags", tag, "tags")),
    { repository: "pause", tag: "3.9", image: testImage([pauseLayer(waiting)], { Cmd: ["/pause", "-P"] }) },
    // What the benchmark of lists has in its program.
    ...["1.35.0-glibc", "1-uclibc", "1", "1-glibc", "1-musl"].map((tag) => ({
      repository: "docker/library/busybox",
      tag,
      image: onBusybox([markLayer(tag)]),
    })),
  ];
};

/** registries.conf(5) by which `registry` (`127.0.0.1:5000`) is asked before any of the hosts. */
export const redirection = (registry: string): string =>
  hosts
    .map((host) =>
      [
        "[[registry]]",
        `location = "${host}"`,
        "[[registry.mirror]]",
        `location = "${registry}"`,
        "insecure = true",
        "",
      ].join("\n"),
    )
    .join("\n");
