/** Options for a `describe` whose specs need cgroup v2, systemd or Linux 6.1: they run in a test machine, and say so elsewhere. */
export const inVm = process.env["TROUPE_TEST_VM"] ? {} : { skip: "needs a test machine: npm run test:vm (as root)" };
