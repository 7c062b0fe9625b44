/** The service manager that has started this program, and waits to hear how it is: sd_notify(3). */
import { closeOpenedByCall } from "./descriptor.ts";
import { connectUnix, sendBytes, SOCK_DGRAM } from "./unix-socket.ts";

/**
 * Tells it a state, `READY=1` or `STOPPING=1`; does nothing where there is none. The variable goes from `env`: what we start
 * is not to speak for us. Who cannot be told is no reason not to go on: then it is in `warn`.
 */
export const serviceManager = (env: NodeJS.ProcessEnv, warn: (text: string) => void): ((state: string) => void) => {
  const path = env["NOTIFY_SOCKET"];
  delete env["NOTIFY_SOCKET"];
  if (path === undefined) return () => {};
  return (state) => {
    try {
      const socket = connectUnix(path, SOCK_DGRAM);
      try {
        const bytes = Buffer.from(`${state}\n`);
        sendBytes(socket, bytes, bytes.length, path);
      } finally {
        closeOpenedByCall(socket);
      }
    } catch (error) {
      warn(
        `the service manager at ${path} cannot be told ${state}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
};
