/** What a bad request is to be answered with, by call, place and way of being bad: a table, whose first row that fits counts. */
import type { CodeName } from "../../src/grpc/codes.ts";

export interface Answer {
  readonly code: CodeName;
  /** What the sentence names; absent: the answer is good. */
  readonly words?: RegExp;
}

interface Row {
  readonly call?: RegExp;
  readonly place: RegExp;
  readonly way?: RegExp;
  /** "OK": the place takes this. */
  readonly answer: "OK" | "INVALID_ARGUMENT" | "NOT_FOUND" | "UNIMPLEMENTED";
  /** Absent: the place itself. */
  readonly words?: RegExp;
}

const unimplemented = /^CheckpointPod|^RestorePod/;

/** Nobody looks at these: docs/cri.md has the reasons. */
const ignored: readonly { readonly call?: RegExp; readonly place: RegExp }[] = [
  { place: /(^|\.)windows\b/ },
  { call: /^(CreateContainer|PullImage)$/, place: /^sandbox_config\b/ },
  { place: /^(config\.|filter\.)?image\.(annotations|image_ref|user_specified_image)\b/ },
  { call: /^(?!PullImage)/, place: /^(config\.|filter\.)?image\.runtime_handler$/ },
  {
    call: /^RunPodSandbox$/,
    place: /security_context\.(supplemental_groups|supplemental_groups_policy|seccomp|seccomp_profile_path|apparmor)\b/,
  },
  { call: /^UpdateContainerResources$/, place: /^annotations/ },
  { call: /^(Version|UpdateRuntimeConfig)$/, place: /./ },
  { call: unimplemented, place: /./ },
];

export const isIgnored = (call: string, place: string): boolean =>
  ignored.some((row) => row.place.test(place) && (row.call?.test(call) ?? true));

const texts = /^(a megabyte|a path|a text|two lines)/;

const rows: readonly Row[] = [
  {
    place: /mounts\[0\]\.image(\.|$)/,
    way: /^(?!left out)/,
    answer: "INVALID_ARGUMENT",
    words: /mounts\[0\] has a host_path and an image/,
  },

  // Objects by their ids. What is gone is what the caller of Stop and Remove wants.
  { call: /^(Stop|Remove)(Container|PodSandbox)$/, place: /./, answer: "OK" },
  { place: /^pod_sandbox_id$/, answer: "NOT_FOUND", words: /^sandbox ".*"?… is not known|^sandbox ".*" is not known/ },
  {
    place: /^container_id$/,
    answer: "NOT_FOUND",
    words: /^container ".*"?… is not known|^container ".*" is not known/,
  },
  // What Debian has: crun without criu.
  { call: /^CheckpointContainer$/, place: /^timeout$/, answer: "UNIMPLEMENTED", words: /criu/ },
  { call: /^(List|Stream)(?!Images)/, place: /^filter/, answer: "OK" }, // no object is like that
  { place: /^filter(\.image)?$/, answer: "OK" },
  { place: /\bimage\.image$/, way: texts, answer: "INVALID_ARGUMENT", words: /the image reference "/ },

  // Messages.
  { place: /^(config|config\.metadata|config\.image|image)$/, way: /left out/, answer: "INVALID_ARGUMENT" },
  { call: /^UpdateContainer/, place: /^linux$/, way: /left out/, answer: "INVALID_ARGUMENT" },
  { place: /userns_options\.[ug]ids/, answer: "INVALID_ARGUMENT", words: /userns_options needs one mapping of users/ },
  { place: /./, way: /left out/, answer: "OK" },
  {
    place: /userns_options$|CDI_devices\[0\]$|apparmor$/,
    way: /^empty/,
    answer: "INVALID_ARGUMENT",
    words: /userns_options|CDI device ""|AppArmor/,
  },
  {
    place: /^(config|config\.metadata|image|config\.image|config\.(envs|mounts|devices)\[0\])$/,
    way: /^empty/,
    answer: "INVALID_ARGUMENT",
  },
  {
    place: /\.hugepage_limits\[0\]$|^(linux|resources|overhead)\.hugepage_limits\[0\]$/,
    way: /^empty/,
    answer: "INVALID_ARGUMENT",
  },
  {
    place: /mounts\[0\]\.[ug]idMappings/,
    answer: "INVALID_ARGUMENT",
    words: /mounts\[0\] maps only users or only groups/,
  },
  {
    call: /^RunPodSandbox$/,
    place: /run_as_group/,
    way: /^(empty|the)/,
    answer: "INVALID_ARGUMENT",
    words: /run_as_group is given without run_as_user/,
  },
  { place: /./, way: /^empty/, answer: "OK" },

  // Numbers.
  { place: /metadata\.attempt$|^timeout$/, answer: "OK" },
  { call: /^RunPodSandbox$/, place: /run_as_user\.value$/, answer: "OK" },
  { place: /port_mappings\[0\]\.host_port$/, way: /least/, answer: "OK" },
  {
    place: /hugepage_limits\[0\]\.limit$/,
    answer: "INVALID_ARGUMENT",
    words: /hugepage_limits\[0\]\.page_size is "", which is no size/,
  },
  { place: /run_as_(user|group)\.value$/, answer: "INVALID_ARGUMENT", words: /run_as_(user|group) is / },
  {
    call: /^PortForward$/,
    place: /^port/,
    answer: "INVALID_ARGUMENT",
    words: /^port -?\d+ is none: ports are 1 to 65535/,
  },

  // Texts that may say anything, as long as they are no larger than what is made of them.
  {
    place: /(labels|annotations)\.tried$/,
    way: /megabyte/,
    answer: "INVALID_ARGUMENT",
    words: /^config\.\w+ have \d+ bytes in all/,
  },
  { place: /(labels|annotations)\.tried$/, answer: "OK" },
  { place: /\.target_id$/, answer: "OK" }, // of a mode that is not asked for
  { call: /^PullImage$/, place: /^auth\.(username|password|auth|server_address|identity_token)$/, answer: "OK" },
  { call: /^PullImage$/, place: /^auth\.registry_token$/, way: /climbs|megabyte/, answer: "OK" },
  {
    place: /(overhead|resources)\.unified\.tried$/,
    call: /^(RunPodSandbox|UpdatePodSandboxResources)$/,
    way: /^(?!a text with a NUL)/,
    answer: "OK",
  },
  { place: /\bunified\.tried$/, answer: "INVALID_ARGUMENT", words: /unified/ },
  { place: /^config\.(args|envs)\b/, way: /^(?!a text with a NUL)/, answer: "OK" }, // the program's own business
  { place: /^config\.hostname$|dns_config\./, way: /climbs/, answer: "OK" }, // a name that means nothing to anybody
  { call: /^Exec$/, place: /^cmd\[0\]$/, way: /^(?!a text with a NUL)/, answer: "OK" }, // a URL, of which something comes later
  { place: /^(config\.command|cmd)\[0\]$/, way: /NUL/, answer: "INVALID_ARGUMENT" },
  {
    place: /^config\.command\[0\]$|^cmd\[0\]$/,
    answer: "INVALID_ARGUMENT",
    words: /could not (create|exec in) container "\w+": (the command|a name or path)/,
  },
  {
    place: /CDI_devices\[0\]\.name$/,
    way: /^(?!a text with a NUL)/,
    answer: "INVALID_ARGUMENT",
    words: /CDI device "/,
  },
  {
    place: /run_as_username$/,
    way: /^(?!a text with a NUL)/,
    answer: "INVALID_ARGUMENT",
    words: /user ".*is not in the image's \/etc\/passwd/,
  },
  { place: /devices\[0\]\.host_path$/, way: /a path of|climbs/, answer: "INVALID_ARGUMENT", words: /host_path/ },
  { place: /sysctls\.tried$/, answer: "INVALID_ARGUMENT", words: /^config\.linux\.sysctls\["tried"\] is no name/ },
];

const escaped = (place: string): string => place.replace(/[.[\]]/g, "\\$&");

/** A place is named by its own path, a map's value by its map. */
const naming = (place: string): RegExp => new RegExp(`^${escaped(place.replace(/\.tried$/, ""))}|^runtime_handler`);

/** Which row fits is counted, so that none is there for nothing. */
export const used = new Set<Row>();
export { rows as answers };

export const answerTo = (call: string, place: string, way: string): Answer => {
  if (unimplemented.test(call)) return { code: "UNIMPLEMENTED", words: /^\w+ is not there yet: \w/ };
  if (isIgnored(call, place)) return { code: "OK" };
  const row = rows.find(
    (one) => one.place.test(place) && (one.call?.test(call) ?? true) && (one.way?.test(way) ?? true),
  );
  if (!row) return { code: "INVALID_ARGUMENT", words: naming(place) };
  used.add(row);
  return row.answer === "OK" ? { code: "OK" } : { code: row.answer, words: row.words ?? naming(place) };
};
