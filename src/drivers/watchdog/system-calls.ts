/** Names of the system calls that can hold a thread up, by their numbers. */

/** As `name x86_64 arm64`, from the kernel's own tables; from 424 on both count alike. */
const CALLS = `
read 0 63, write 1 64, pread64 17 67, pwrite64 18 68, readv 19 65, writev 20 66, preadv 295 69, pwritev 296 70,
preadv2 327 286, pwritev2 328 287, sendfile 40 71, splice 275 76, tee 276 77, copy_file_range 326 285, open 2 -,
openat 257 56, openat2 437 437, close 3 57, close_range 436 436, creat 85 -, stat 4 -, lstat 6 -, fstat 5 80,
newfstatat 262 79, statx 332 291, access 21 -, faccessat 269 48, faccessat2 439 439, readlink 89 -,
readlinkat 267 78, getdents64 217 61, lseek 8 62, fallocate 285 47, truncate 76 45, ftruncate 77 46, fsync 74 82,
fdatasync 75 83, sync 162 81, syncfs 306 267, sync_file_range 277 84, statfs 137 43, fstatfs 138 44, flock 73 32,
fcntl 72 25, ioctl 16 29, mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -, unlinkat 263 35, rename 82 -,
renameat 264 38, renameat2 316 276, link 86 -, linkat 265 37, symlink 88 -, symlinkat 266 36, mknod 133 -,
mknodat 259 33, chmod 90 -, fchmod 91 52, fchmodat 268 53, chown 92 -, fchown 93 55, fchownat 260 54,
utimensat 280 88, setxattr 188 5, getxattr 191 8, listxattr 194 11, removexattr 197 14, lgetxattr 192 9,
lsetxattr 189 6, fgetxattr 193 10, fsetxattr 190 7, mount 165 40, umount2 166 39, pivot_root 155 41,
open_tree 428 428, move_mount 429 429, fsopen 430 430, fsconfig 431 431, fsmount 432 432, mount_setattr 442 442,
setns 308 268, unshare 272 97, poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_wait 232 -,
epoll_pwait 281 22, epoll_pwait2 441 441, futex 202 98, futex_waitv 449 449, nanosleep 35 101,
clock_nanosleep 230 115, pause 34 -, io_uring_enter 426 426, io_getevents 208 4, clone 56 220, clone3 435 435,
fork 57 -, vfork 58 -, execve 59 221, execveat 322 281, wait4 61 260, waitid 247 95, kill 62 129, tgkill 234 131,
ptrace 101 117, pidfd_open 434 434, pidfd_send_signal 424 424, pidfd_getfd 438 438, prctl 157 167,
prlimit64 302 261, rt_sigtimedwait 128 137, rt_sigsuspend 130 133, socket 41 198, connect 42 203, accept 43 202,
accept4 288 242, bind 49 200, listen 50 201, sendto 44 206, recvfrom 45 207, sendmsg 46 211, recvmsg 47 212,
sendmmsg 307 269, recvmmsg 299 243, shutdown 48 210, getsockopt 55 209, setsockopt 54 208, mmap 9 222,
munmap 11 215, mprotect 10 226, madvise 28 233, mremap 25 216, brk 12 214, msync 26 227, mlock 149 228,
memfd_create 319 279, sched_yield 24 124, getrandom 318 278, bpf 321 280`;

/** `openat`; one that is not in the table, or of another machine: `system call 257`. Read when asked, for that is seldom. */
export const systemCallName = (number: number, machine: NodeJS.Architecture): string => {
  const column = machine === "x64" ? 1 : machine === "arm64" ? 2 : 3;
  const found = CALLS.split(",")
    .map((call) => call.trim().split(" "))
    .find((call) => call[column] === String(number));
  return found?.[0] ?? `system call ${number}`;
};
