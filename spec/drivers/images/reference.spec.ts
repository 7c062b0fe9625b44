import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatReference, parseReference, parseWritten } from "../../../src/drivers/images/reference.ts";
import { Invalid } from "../../../src/errors.ts";

const hex = "0123456789abcdef".repeat(4);
const normal: readonly (readonly [written: string, meant: string])[] = [
  ["busybox", "docker.io/library/busybox:latest"],
  ["busybox:1.36", "docker.io/library/busybox:1.36"],
  ["library/busybox", "docker.io/library/busybox:latest"],
  ["docker.io/busybox", "docker.io/library/busybox:latest"],
  ["index.docker.io/busybox", "docker.io/library/busybox:latest"],
  ["grafana/loki:3", "docker.io/grafana/loki:3"],
  ["localhost/app", "localhost/app:latest"],
  ["localhost:5000/app:v1", "localhost:5000/app:v1"],
  ["registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"],
  ["127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest"],
  ["[::1]:5000/app", "[::1]:5000/app:latest"],
  ["Registry/app", "Registry/app:latest"],
  ["a__b/c---d.e_f", "docker.io/a__b/c---d.e_f:latest"],
  ["app:5000", "docker.io/library/app:5000"],
  [`app@sha256:${hex}`, `docker.io/library/app@sha256:${hex}`],
  [`quay.io/app:v1@sha256:${hex}`, `quay.io/app@sha256:${hex}`],
  [`app@sha512:${hex}${hex}`, `docker.io/library/app@sha512:${hex}${hex}`],
  [`app:${"t".repeat(128)}`, `docker.io/library/app:${"t".repeat(128)}`],
];

const refused: readonly (readonly [written: string, why: RegExp])[] = [
  ["", /is empty/],
  [hex, /is an image id, and no name/],
  ["Busybox", /it must be in lower case/],
  ["docker.io/Library/busybox", /it must be in lower case/],
  ["a//b", /an empty part/],
  ["/busybox", /an empty part/],
  ["busybox/", /an empty part/],
  ["busybox:", /has the tag ""/],
  ["busybox:a b", /has the tag "a b"/],
  [`busybox:${"t".repeat(129)}`, /has the tag/],
  ["busybox:-x", /has the tag "-x"/],
  ["a..b", /has "a..b" in its name/],
  ["a___b", /has "a___b" in its name/],
  ["-a", /has "-a" in its name/],
  ["host-.example/app", /has the host "host-.example"/],
  ["host:port/app", /has the host "host:port"/],
  [" busybox", /has " busybox" in its name/],
  ["busybox\n", /in its name/],
  ["https://quay.io/app", /has "https:\/\/" at its beginning: write it without/],
  ["docker://quay.io/app", /has "docker:\/\/" at its beginning/],
  ["[fe80::1%eth0]:5000/app", /has the host/],
  ["a".repeat(256), /more than 255/],
  ["app@sha256:abc", /has the digest "sha256:abc"/],
  [`app@sha256:${hex.toUpperCase()}`, /in lower case, is known/],
  [`app@md5:${hex.slice(0, 32)}`, /has the digest/],
  ["app@sha256:../../etc/passwd", /has the digest/],
  [`app@sha256:${hex}@sha256:${hex}`, /more than one "@"/],
  [`app@`, /has the digest ""/],
];

describe("an image reference", () => {
  for (const [written, meant] of normal)
    it(`${written.slice(0, 60)} means ${meant.slice(0, 60)}`, () => {
      assert.equal(formatReference(parseReference(written)), meant);
      assert.equal(formatReference(parseReference(meant)), meant);
    });

  it("without a host stays without one until the node says what it stands for", () => {
    assert.equal(formatReference(parseWritten("busybox")), "busybox:latest");
    assert.equal(formatReference(parseWritten(`team/app:v1@sha256:${hex}`)), `team/app@sha256:${hex}`);
    assert.equal(formatReference(parseWritten("index.docker.io/busybox")), "docker.io/library/busybox:latest");
  });

  for (const [written, why] of refused)
    it(`${JSON.stringify(written.slice(0, 60))} is refused in words`, () => {
      assert.throws(
        () => parseReference(written),
        (error) => error instanceof Invalid && why.test(error.message),
      );
    });
});
