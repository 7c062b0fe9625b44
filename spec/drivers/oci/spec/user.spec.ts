import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseGroups, parseUsers, type Accounts } from "../../../../src/drivers/oci/spec/accounts.ts";
import { user } from "../../../../src/drivers/oci/spec/user.ts";
import { containerUser } from "../support/builders.ts";

const accounts: Accounts = {
  users: () =>
    parseUsers(
      "# comment\nroot:x:0:0::/root:/bin/sh\nana:x:1000:100:Ana:/home/ana\n\nbroken\n5:x:77:77::/\nbad:x:-1:0::/\n",
    ),
  groups: () => parseGroups("root:x:0:\nusers:x:100:\naudio:x:29:ana,bob\nbad:x:y:ana\n"),
};
const none: Accounts = { users: () => [], groups: () => [] };

describe("who a container runs as", () => {
  it("is root where neither pod nor image says", () => {
    assert.deepEqual(user(containerUser(), "", none), { uid: 0, gid: 0, groups: [0] });
  });

  it("is the pod's number, with the primary group that the image has for it", () => {
    assert.deepEqual(user(containerUser({ uid: 1000 }), "root", accounts), { uid: 1000, gid: 100, groups: [100, 29] });
    assert.deepEqual(user(containerUser({ uid: 4242 }), "", accounts), { uid: 4242, gid: 0, groups: [0] });
    assert.deepEqual(user(containerUser({ uid: 5 }), "", accounts).uid, 5);
  });

  it("is the pod's name before its number, looked up in the image", () => {
    assert.equal(user(containerUser({ name: "ana", uid: 7 }), "", accounts).uid, 1000);
    assert.equal(user(containerUser({ name: "5" }), "", accounts).uid, 77);
    assert.equal(user(containerUser({ name: "4242" }), "", accounts).uid, 4242);
  });

  it("is the image's user and group, by name or number", () => {
    assert.deepEqual(user(containerUser(), "ana", accounts), { uid: 1000, gid: 100, groups: [100, 29] });
    assert.deepEqual(user(containerUser(), "ana:audio", accounts), { uid: 1000, gid: 29, groups: [29] });
    assert.deepEqual(user(containerUser(), "12:34", none), { uid: 12, gid: 34, groups: [34] });
    assert.deepEqual(user(containerUser(), ":29", none), { uid: 0, gid: 29, groups: [29] });
  });

  it("leaves the image's group out where the pod names a user", () => {
    assert.equal(user(containerUser({ uid: 4242 }), "ana:audio", accounts).gid, 0);
  });

  it("has the pod's groups, and the image's only when they are to be merged", () => {
    const wanted = { uid: 1000, gid: 5, supplementalGroups: [29, 8] };
    assert.deepEqual(user(containerUser(wanted), "", accounts).groups, [5, 29, 8]);
    assert.deepEqual(user(containerUser({ ...wanted, supplementalGroups: [8] }), "", accounts).groups, [5, 29, 8]);
    const strict = containerUser({ ...wanted, supplementalGroups: [8], groupsPolicy: "strict" });
    assert.deepEqual(user(strict, "", accounts).groups, [5, 8]);
  });

  it("is refused with an unknown name, a group without a user, or a number that no kernel takes", () => {
    const refused = (wanted: Parameters<typeof containerUser>[0], image: string, message: RegExp) =>
      assert.throws(() => user(containerUser(wanted), image, accounts), { code: "Invalid", message });
    refused({ name: "eve" }, "", /user "eve" is not in the image's \/etc\/passwd/);
    refused({}, "ana:wheel", /group "wheel" is not in the image's \/etc\/group/);
    refused({ gid: 5 }, "ana", /run_as_group 5 is given without a user/);
    refused({ uid: 2 ** 31 }, "", /id 2147483648 is not in the range/);
    refused({ uid: 1, supplementalGroups: [-1] }, "", /id -1 is not in the range/);
  });
});
