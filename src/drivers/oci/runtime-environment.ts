/** The whole environment of the programs run here: neither NOTIFY_SOCKET nor LISTEN_FDS of our service may reach a container. */
export const runtimeEnvironment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" } as const;
