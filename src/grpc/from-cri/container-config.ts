/** ContainerConfig in Troupe's words. */
import { Invalid } from "../../errors.ts";
import type { ContainerConfig } from "../../vocabulary/index.ts";
import { Signal, type ContainerConfig as Message, type KeyValue } from "../messages/container-config.ts";
import { linuxSignal } from "../signals.ts";
import { absolutePath, insidePath, marks, noNul, notEmpty, oneLine, present, quoted, safeName } from "./field.ts";
import { device, mount } from "./mounts.ts";
import { resources } from "./resources.ts";
import { security } from "./security.ts";

/** Throws Invalid, naming the field. */
export const containerConfig = (message: Message): ContainerConfig => {
  const metadata = present("config.metadata", message.metadata);
  const image = present("config.image", message.image);
  return {
    name: safeName("config.metadata.name", metadata.name),
    attempt: metadata.attempt,
    image: notEmpty("config.image.image", image.image),
    userSpecifiedImage: image.user_specified_image,
    command: message.command.map((word, n) => noNul(`config.command[${n}]`, word)),
    args: message.args.map((word, n) => noNul(`config.args[${n}]`, word)),
    workingDir: message.working_dir === "" ? "" : absolutePath("config.working_dir", message.working_dir),
    envs: message.envs.map(variable),
    mounts: message.mounts.map(mount),
    devices: message.devices.map(device),
    cdiDevices: message.CDI_devices.map(({ name }, n) => noNul(`config.CDI_devices[${n}].name`, name)),
    ...marks(message),
    logPath: insidePath("config.log_path", oneLine("config.log_path", message.log_path)),
    stdin: message.stdin,
    stdinOnce: message.stdin_once,
    tty: message.tty,
    resources: resources("config.linux.resources", message.linux?.resources ?? null),
    security: security("config.linux.security_context", message.linux?.security_context ?? null),
    ...stopSignal(message.stop_signal),
  };
};

const variable = ({ key, value }: KeyValue, n: number): { key: string; value: Uint8Array } => {
  const field = `config.envs[${n}]`;
  if (key === "" || /[=\0]/.test(key)) throw new Invalid(`${field}.key is ${quoted(key)}, which is no variable's name`);
  if (value.includes(0)) throw new Invalid(`${field}.value, of ${quoted(key)}, has a NUL byte`);
  return { key, value };
};

const stopSignal = (signal: Signal): { stopSignal?: number } => {
  if (signal === Signal.SIGNAL_RUNTIME_DEFAULT) return {};
  const number = linuxSignal(signal);
  if (number === undefined) throw new Invalid(`config.stop_signal is ${signal}, which is no signal of CRI`);
  return { stopSignal: number };
};
