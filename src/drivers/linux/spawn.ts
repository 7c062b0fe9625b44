/**
 * posix_spawn(3): starts a program without copying this process's page tables (0.15 ms, at any size of ours), as our own
 * child that libuv knows nothing of.
 *
 * The child leads a session and a process group of its own, has default signal handling, an empty signal mask, and of our
 * descriptors only its three streams, as everything else here is close-on-exec.
 */
import { declare, SystemError } from "./libc.ts";

const EINVAL = 22;
const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;
/** More than glibc's posix_spawnattr_t (336) and posix_spawn_file_actions_t (80) on any 64-bit machine. */
const OPAQUE_BYTES = 512;
const SIGSET_BYTES = 128;

const posixSpawn = declare<
  (
    pid: Buffer,
    path: string,
    actions: Buffer,
    attributes: Buffer,
    argv: (string | null)[],
    env: (string | null)[],
  ) => number
>("int posix_spawn(void *pid, const char *path, void *actions, void *attributes, const char **argv, const char **env)");
const actionsInit = declare<(actions: Buffer) => number>("int posix_spawn_file_actions_init(void *actions)");
const actionsDestroy = declare<(actions: Buffer) => number>("int posix_spawn_file_actions_destroy(void *actions)");
const addDup2 = declare<(actions: Buffer, from: number, to: number) => number>(
  "int posix_spawn_file_actions_adddup2(void *actions, int from, int to)",
);
const addChdir = declare<(actions: Buffer, path: string) => number>(
  "int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)",
);
const attributesInit = declare<(attributes: Buffer) => number>("int posix_spawnattr_init(void *attributes)");
const attributesDestroy = declare<(attributes: Buffer) => number>("int posix_spawnattr_destroy(void *attributes)");
const setFlags = declare<(attributes: Buffer, flags: number) => number>(
  "int posix_spawnattr_setflags(void *attributes, short flags)",
);
const setSigdefault = declare<(attributes: Buffer, set: Buffer) => number>(
  "int posix_spawnattr_setsigdefault(void *attributes, void *set)",
);
const setSigmask = declare<(attributes: Buffer, set: Buffer) => number>(
  "int posix_spawnattr_setsigmask(void *attributes, void *set)",
);

export interface SpawnRequest {
  /** The first is the program's absolute path. */
  readonly argv: readonly [string, ...string[]];
  /** What is executed; absent: the first of `argv`. */
  readonly file?: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Descriptors that become its stdin, stdout and stderr; all above 2. */
  readonly stdio: readonly [number, number, number];
}

/** The pid of the new child; it stays reserved until waited for. Throws a SystemError when the program cannot be run. */
export const spawn = ({ argv, file = argv[0], env, cwd, stdio }: SpawnRequest): number => {
  const environment = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  // For C the string would end there, and the program would get another word than was meant.
  if ([...argv, ...environment, cwd].some((word) => word.includes("\0")))
    throw new SystemError("posix_spawn", EINVAL, `${JSON.stringify(argv[0])}, with a NUL in its words,`);
  const actions = Buffer.alloc(OPAQUE_BYTES);
  const attributes = Buffer.alloc(OPAQUE_BYTES);
  actionsInit(actions);
  attributesInit(attributes);
  try {
    for (const [to, from] of stdio.entries()) succeed(addDup2(actions, from, to), argv[0]);
    succeed(addChdir(actions, cwd), cwd);
    succeed(setFlags(attributes, SETSIGDEF | SETSIGMASK | SETSID), argv[0]);
    const signals = Buffer.alloc(SIGSET_BYTES);
    succeed(setSigmask(attributes, signals), argv[0]);
    // sigfillset(3) would leave out two that glibc uses itself, and then sets to be ignored in the child.
    signals.fill(0xff);
    succeed(setSigdefault(attributes, signals), argv[0]);
    const pid = Buffer.alloc(4);
    succeed(
      posixSpawn(pid, file, actions, attributes, [...argv, null], [...environment, null]),
      `${argv[0]} in ${cwd}`,
    );
    return pid.readInt32LE(0);
  } finally {
    attributesDestroy(attributes);
    actionsDestroy(actions);
  }
};

/** These functions return the error instead of setting errno. */
const succeed = (errno: number, subject: string): void => {
  if (errno !== 0) throw new SystemError("posix_spawn", errno, subject);
};
