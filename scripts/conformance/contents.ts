/** Layers of the test images: what is in them, as tar entries, from unpacked Debian packages. */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { tar, type TarFile } from "../../spec/support/tar.ts";

const script = (name: string, ...lines: readonly string[]): TarFile => ({
  name,
  mode: 0o755,
  content: `#!/bin/sh\n${lines.join("\n")}\n`,
});

/** Programs' libraries, and what loads them: files and links of these names, wherever the packages have them. */
const libraries = (root: string, wanted: RegExp): readonly TarFile[] =>
  ["lib", "lib64", "usr/lib"]
    .filter((top) => existsSync(join(root, top)))
    .flatMap((top) =>
      readdirSync(join(root, top), { recursive: true, encoding: "utf8" }).map((file) => join(top, file)),
    )
    .filter((file) => wanted.test(file.split("/").at(-1) ?? ""))
    .map((name): TarFile => {
      const path = join(root, name);
      return lstatSync(path).isSymbolicLink()
        ? { name, type: "2", link: readlinkSync(path) }
        : { name, mode: 0o755, content: readFileSync(path) };
    });

const program = (root: string, path: string, name = path, mode = 0o755): TarFile => ({
  name,
  mode,
  content: readFileSync(join(root, path)),
});

const users = [
  "root:x:0:0:root:/root:/bin/sh",
  "daemon:x:1:1:daemon:/usr/sbin:/bin/false",
  "www-data:x:33:33:www-data:/var/www:/bin/false",
  "nobody:x:65534:65534:nobody:/home:/bin/false",
  "default-user:x:1000:1000::/home/default-user:/bin/sh",
];
const groups = [
  "root:x:0:",
  "daemon:x:1:",
  "www-data:x:33:",
  "users:x:100:",
  "nobody:x:65534:",
  "default-user:x:1000:",
];
const directories = ["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "var"];

/**
 * A small system with busybox. Its applets are hard links, as in the image that critest means: a path that is masked in a
 * container then masks one applet, where behind a symbolic link it would mask them all.
 */
export const busyboxLayer = (root: string): Buffer => {
  const applets = execFileSync(join(root, "bin/busybox"), ["--list"], { encoding: "utf8" }).split("\n").filter(Boolean);
  return tar([
    ...directories.map((name) => ({ name: `${name}/`, type: "5", ...(name === "tmp" && { mode: 0o1777 }) })),
    ...libraries(root, /^(ld-linux.*\.so\.\d|(libc|libresolv)\.so\.\d)$/),
    program(root, "bin/busybox"),
    ...applets
      .filter((applet) => applet !== "busybox")
      .map((applet) => ({ name: `bin/${applet}`, type: "1", link: "bin/busybox" })),
    // Debian's busybox is built without these two.
    script("bin/pgrep", 'exec pidof "$1"'),
    script("bin/ipcs", "exec awk '{ print $2 }' /proc/sysvipc/shm"),
    { name: "var/run", type: "2", link: "../run" },
    { name: "etc/passwd", content: `${users.join("\n")}\n` },
    { name: "etc/group", content: `${groups.join("\n")}\n` },
  ]);
};

/** nginx, serving one page. */
export const nginxLayer = (root: string, port: number): Buffer => {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((what) => `${what}_temp_path /tmp/${what};`)
    .join(" ");
  const server = `server { listen ${port}; location / { root /usr/share/nginx; } }`;
  const conf = [
    "user root; worker_processes 1; pid /run/nginx.pid; error_log /dev/stderr;",
    "events { worker_connections 64; }",
    `http { access_log /dev/stdout; ${temporary} ${server} }`,
  ];
  return tar([
    ...libraries(root, /^(libcrypt|libpcre2-8|libssl|libcrypto|libz)\.so\.\d+(\.[\d.]+)?$/),
    program(root, "usr/sbin/nginx"),
    { name: "etc/nginx/nginx.conf", content: `${conf.join("\n")}\n` },
    { name: "usr/share/nginx/index.html", content: "<h1>Welcome to nginx!</h1>\n" },
    { name: "var/log/nginx/", type: "5" },
  ]);
};

/** busybox as web server, which says what critest looks for in the log of Apache's. */
export const httpdLayer = (): Buffer =>
  tar([
    script("bin/httpd-foreground", "echo \"Command line: 'httpd -D FOREGROUND'\"", "exec httpd -f -p 80 -h /www"),
    { name: "www/index.html", content: "<h1>It works!</h1>\n" },
  ]);

/** Says as whom a program with the set-user-ID bit runs. */
export const escalationLayer = (root: string): Buffer =>
  tar([
    ...libraries(root, /^(libselinux\.so\.1|libpcre2-8\.so\.\d+(\.[\d.]+)?)$/),
    program(root, "usr/bin/id", "bin/effective-id", 0o4755),
    script("bin/escalate", 'echo "Effective uid: $(effective-id -u)"'),
  ]);

/** The user default-user is in one more group. */
export const groupLayer = (): Buffer =>
  tar([{ name: "etc/group", content: `${[...groups, "group-defined-in-image:x:50000:default-user"].join("\n")}\n` }]);

/** One file, by which images that are otherwise the same differ. */
export const markLayer = (mark: string): Buffer => tar([{ name: mark, content: mark }]);

/** A program that waits, alone. */
export const pauseLayer = (path: string): Buffer => tar([{ name: "pause", mode: 0o755, content: readFileSync(path) }]);
