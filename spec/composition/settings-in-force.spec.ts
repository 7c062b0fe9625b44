import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { checkSettings } from "../../src/composition/container-settings.ts";
import { SettingsInForce } from "../../src/composition/settings-in-force.ts";
import { readKeys, type Settings } from "../../src/settings.ts";

const dir = mkdtempSync(join(tmpdir(), "in-force-"));
after(() => rmSync(dir, { recursive: true }));
const file = join(dir, "troupe.toml");

const running = (text: string) => {
  writeFileSync(file, text);
  const said: string[] = [];
  const inForce = new SettingsInForce({
    read: readKeys(file),
    readAgain: () => readKeys(file),
    host: { systemd: false },
    check: checkSettings,
    say: (level, words) => said.push(`${level}: ${words}`),
  });
  return {
    inForce,
    /** What is said when the file is `text` from now on. */
    reload: (text: string): readonly string[] => {
      writeFileSync(file, text);
      said.length = 0;
      inForce.reload();
      return [...said];
    },
  };
};

describe("settings in force", () => {
  it("take over what can be, name what needs a restart, and leave that as it was", () => {
    const { inForce, reload } = running('[troupe.runtime]\nlog_level = "info"');
    const seen: Settings[] = [];
    inForce.onChange((settings) => seen.push(settings));
    const said = reload(`
      [troupe]
      root = "/srv"
      [troupe.runtime]
      log_level = "debug"
      default_ulimits = ["nofile=10"]
      default_sysctls = ["net.core.somaxconn=9"]
    `);
    assert.deepEqual(said, [
      'warning: troupe.root was "/var/lib/troupe" and is "/srv": it needs a restart of troupe serve, and is as before until then',
      'info: troupe.runtime.log_level was "info" and is "debug": taken over, it holds from now on',
      'info: troupe.runtime.default_ulimits was [] and is ["nofile=10"]: taken over, it holds for new containers',
      'info: troupe.runtime.default_sysctls was [] and is ["net.core.somaxconn=9"]: taken over, it holds for new pods',
    ]);
    const { root, logLevel, containers } = inForce.now;
    assert.deepEqual([root, logLevel], ["/var/lib/troupe", "debug"]);
    assert.deepEqual(containers.ulimits, { RLIMIT_NOFILE: { soft: 10, hard: 10 } });
    assert.deepEqual(containers.sysctls, { "net.core.somaxconn": "9" });
    assert.deepEqual(seen, [inForce.now]);
  });

  it("go back to the presets where the files say nothing any more", () => {
    const { inForce, reload } = running("[troupe.runtime]\nlog_size_max = 9000");
    assert.deepEqual(reload(""), [
      "info: troupe.runtime.log_size_max was 9000 and is -1: taken over, it holds for new containers",
    ]);
    assert.deepEqual(inForce.now.logBounds, { whenFull: "block" });
  });

  it("say again at each reload what still waits for a restart, and else that nothing has changed", () => {
    const { reload } = running("");
    const other = '[troupe.network]\nnetwork_dir = "/elsewhere"';
    assert.match(reload(other)[0] ?? "", /^warning: troupe\.network\.network_dir .* needs a restart/);
    assert.match(reload(other)[0] ?? "", /^warning: troupe\.network\.network_dir .* needs a restart/);
    assert.deepEqual(reload(""), ["info: the settings were read again, and nothing in them has changed"]);
  });

  it("change nothing by a file that is wrong anywhere, and say what is wrong with it", () => {
    const { inForce, reload } = running("");
    const before = inForce.now;
    const level = '[troupe.runtime]\nlog_level = "debug"\n';
    for (const [wrong, why] of [
      ["[troupe.runtime]\nlog_level = loud", /cannot be read as settings/],
      ['[troupe.runtime]\nlog_level = "loud"', /troupe\.runtime\.log_level is "loud"; it is to be one of trace,/],
      [`${level}default_env = ["novalue"]`, /it is to be NAME=VALUE/],
      [`${level}default_capabilities = ["FLY"]`, /FLY/],
      [`${level}default_sysctls = ["kernel.hostname=x"]`, /kernel\.hostname/],
      [`${level}default_runtime = "none"`, /none of the handlers/],
      [`${level}[troupe.api]\nstream_port = "70000"`, /it is to be 0 to 65535/],
    ] as const) {
      const said = reload(wrong);
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0] ?? "", /^error: the settings stay as they are: /);
      assert.match(said[0] ?? "", why);
    }
    rmSync(file);
    assert.equal(inForce.now, before);
  });

  it("stay as they are where the file is gone", () => {
    const { inForce } = running('[troupe.runtime]\nlog_level = "error"');
    rmSync(file);
    inForce.reload();
    assert.equal(inForce.now.logLevel, "error");
  });

  it("take over what a handler obeys, but neither its program nor a new handler", () => {
    const handler = (name: string, ...lines: readonly string[]) =>
      `[troupe.runtime.runtimes.${name}]\n${lines.join("\n")}\n`;
    const { inForce, reload } = running(handler("crun", 'runtime_path = "/a"'));
    const said = reload(
      handler("crun", 'runtime_path = "/b"', 'allowed_annotations = ["x"]', "privileged_without_host_devices = true") +
        handler("quick"),
    );
    assert.deepEqual(
      said.map((line) => line.replace(/ was .*:/, ":")),
      [
        "warning: troupe.runtime.runtimes.crun.runtime_path: it needs a restart of troupe serve, and is as before until then",
        "info: troupe.runtime.runtimes.crun.privileged_without_host_devices: taken over, it holds for new containers",
        "info: troupe.runtime.runtimes.crun.allowed_annotations: taken over, it holds from now on",
      ],
    );
    assert.deepEqual(inForce.now.handlers, [
      { name: "crun", path: "/a", privilegedWithoutHostDevices: true, allowedAnnotations: ["x"] },
    ]);
    const more = reload(handler("crun", 'runtime_path = "/a"') + handler("runc", 'runtime_path = "/r"'));
    assert.match(more.at(-1) ?? "", /runtimes\.runc was nothing and is "there": it needs a restart/);
    assert.deepEqual(inForce.now.handlers, [{ name: "crun", path: "/a" }]);
  });

  it("have a level that was set by hand until they are read again", () => {
    const { inForce, reload } = running("");
    inForce.set("troupe.runtime.log_level", "trace");
    assert.equal(inForce.now.logLevel, "trace");
    assert.throws(() => inForce.set("troupe.runtime.log_level", "loud"), { code: "Invalid" });
    assert.equal(inForce.now.logLevel, "trace");
    assert.match(reload("")[0] ?? "", /log_level was "trace" and is "info": taken over/);
    assert.equal(inForce.now.logLevel, "info");
  });

  it("pass warnings of unknown keys on", () => {
    const { reload } = running("");
    assert.match(
      reload("[troupe.runtime]\nlog_levle = 1")[0] ?? "",
      /^warning: .*did you mean troupe\.runtime\.log_level\?/,
    );
  });
});
