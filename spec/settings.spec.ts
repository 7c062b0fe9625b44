import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readSettings } from "../src/settings.ts";

const dir = mkdtempSync(join(tmpdir(), "settings-"));
after(() => rmSync(dir, { recursive: true }));
const read = (text: string, systemd = false): ReturnType<typeof readSettings> => {
  const file = join(dir, "troupe.toml");
  writeFileSync(file, text);
  return readSettings(file, { systemd });
};

describe("settings", () => {
  it("have presets for everything, and the cgroup manager of the host", () => {
    const { listen, defaultRuntime, handlers, cgroupManager, warnings } = read("");
    assert.deepEqual(
      { listen, defaultRuntime, cgroupManager, warnings },
      {
        listen: "/run/troupe/troupe.sock",
        defaultRuntime: "crun",
        cgroupManager: "cgroupfs",
        warnings: [],
      },
    );
    assert.deepEqual(
      handlers.map(({ name }) => name),
      ["crun", "runc"],
    );
    assert.equal(read("", true).cgroupManager, "systemd");
  });

  it("read handlers as crio.conf has them", () => {
    const { handlers, defaultRuntime } = read(`
      [troupe.runtime]
      default_runtime = "quick"
      [troupe.runtime.runtimes.quick]
      runtime_path = "/opt/crun"
      [troupe.runtime.runtimes.runc]
      runtime_path = ""
    `);
    assert.deepEqual(handlers, [{ name: "quick", path: "/opt/crun" }, { name: "runc" }]);
    assert.equal(defaultRuntime, "quick");
  });

  it("name the file of registries, the node's own where nothing else is said", () => {
    assert.equal(read("").registriesConf, "/etc/containers/registries.conf");
    assert.equal(read('[troupe.image]\nregistries_conf = "/srv/r.conf"').registriesConf, "/srv/r.conf");
    assert.equal(read('[troupe.image]\nsignature_policy = "/etc/p.json"').signaturePolicy, "/etc/p.json");
    assert.deepEqual(read('[troupe.image]\npinned_images = ["a*"]').pinnedImages, ["a*"]);
    assert.equal(read("").globalAuthFile, undefined);
    assert.equal(read('[troupe.image]\nglobal_auth_file = "/etc/auth.json"').globalAuthFile, "/etc/auth.json");
    assert.equal(read("").shortNameMode, undefined);
    assert.equal(read('[troupe.image]\nshort_name_mode = "disabled"').shortNameMode, "disabled");
    assert.throws(() => read('[troupe.image]\nshort_name_mode = "permissive"'), /is to be enforcing or disabled/);
  });

  it("warn of an unknown key, with the one that was probably meant, and go on", () => {
    const { warnings, listen } = read(`[troupe.api]\nlisten = "/x.sock"\n[troupe.image]\ninsecure_registrys = ["a"]`);
    assert.equal(listen, "/x.sock");
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? "",
      /troupe\.image\.insecure_registrys is ignored; did you mean troupe\.image\.insecure_registries\?$/,
    );
  });

  it("refuse a value of the wrong kind, naming file and key", () => {
    assert.throws(
      () => read(`[troupe.metrics]\nmetrics_port = "9090"`),
      /troupe\.toml: troupe\.metrics\.metrics_port is to be a number/,
    );
    assert.throws(() => read(`[troupe.runtime]\ncgroup_manager = "docker"`), /is to be cgroupfs or systemd/);
    assert.throws(() => read(`[troupe.runtime]\ndefault_runtime = "kata"`), /none of the handlers: crun, runc/);
    assert.throws(() => read("this is not toml"), /cannot be read as settings/);
    assert.throws(() => readSettings(join(dir, "absent.toml")), /there is no settings file/);
  });

  it("say where clients are streamed to, with crio.conf's names and durations", () => {
    assert.deepEqual(read("").streaming, {
      streamAddress: "127.0.0.1",
      streamPort: 0,
      streamIdleTimeoutMs: 4 * 3_600_000,
    });
    const tls =
      'stream_enable_tls = true\nstream_tls_cert = "/c"\nstream_tls_key = "/k"\ntls_min_version = "VersionTLS13"';
    assert.deepEqual(
      read(`[troupe.api]\nstream_address = "::1"\nstream_port = "10010"\nstream_idle_timeout = "1m30s"\n${tls}`)
        .streaming,
      {
        streamAddress: "::1",
        streamPort: 10010,
        streamIdleTimeoutMs: 90_000,
        tls: { cert: "/c", key: "/k", minVersion: "TLSv1.3" },
      },
    );
    assert.equal(read(`[troupe.api]\nstream_idle_timeout = ""`).streaming.streamIdleTimeoutMs, 0);
    const refused = (line: string, message: RegExp) =>
      assert.throws(() => read(`[troupe.api]\n${line}`), { code: "Invalid", message });
    refused('stream_address = "localhost"', /stream_address is "localhost"; it is to be an IP address/);
    refused('stream_port = "65536"', /stream_port is "65536"; it is to be 0 to 65535/);
    refused('stream_idle_timeout = "4 hours"', /stream_idle_timeout is "4 hours"; it is to be a duration as 4h/);
    refused("stream_enable_tls = true", /stream_tls_cert and stream_tls_key are to name PEM files/);
    refused(tls.replace("13", "10"), /tls_min_version is "VersionTLS10"/);
  });

  it("bound logs as they are told to", () => {
    assert.deepEqual(read("").logBounds, { whenFull: "block" });
    const bounded = read('[troupe.runtime]\nlog_size_max = 16384\nlog_when_full = "drop"').logBounds;
    assert.deepEqual(bounded, { maxBytes: 16384, whenFull: "drop" });
    assert.throws(() => read("[troupe.runtime]\nlog_size_max = 100"), /log_size_max is 100; it is to be 8192 or more/);
    assert.throws(() => read('[troupe.runtime]\nlog_when_full = "wait"'), /it is to be block or drop/);
  });

  it("send lines to journald only when told to", () => {
    assert.equal(read("").logToJournald, false);
    assert.equal(read("[troupe.runtime]\nlog_to_journald = true").logToJournald, true);
  });

  it("open metrics over TCP only when told to", () => {
    assert.equal(read("").metrics, undefined);
    assert.deepEqual(read("[troupe.metrics]\nenable_metrics = true").metrics, { host: "127.0.0.1", port: 9090 });
  });
});
