import { describe, expect, it } from "vitest";
import { FakeHost, success } from "../testing";
import { HostFailure } from "./failure";
import { run } from "./run";

/** The failure of a call to which the host answers with `exec`. */
async function failure(exec: () => unknown, args: string[] = []): Promise<HostFailure> {
  const thrown = await run(new FakeHost(exec).cli, "prog", args).catch((e: unknown) => e);
  expect(thrown).toBeInstanceOf(HostFailure);
  return thrown as HostFailure;
}

describe("run", () => {
  it("returns stdout, and does not treat text on stderr as a failure", async () => {
    const host = new FakeHost(() => success("out", "a warning"));
    await expect(run(host.cli, "prog", ["--watch", "1"])).resolves.toBe("out");
    expect(host.calls).toEqual([{ binary: "prog", args: ["--watch", "1"] }]);
  });

  it("accepts a result with exit code 0", async () => {
    const host = new FakeHost(() => Promise.resolve({ stdout: "out", stderr: "", code: 0 }));
    await expect(run(host.cli, "prog", [])).resolves.toBe("out");
  });

  it("converts a rejection with a code, as from Docker Desktop", async () => {
    const result = { killed: false, code: 125, signal: null, cmd: "prog", stdout: "", stderr: "no disk\n" };
    expect(await failure(() => Promise.reject(result))).toMatchObject({
      kind: "exit",
      message: "prog exited with code 125",
      stderr: "no disk",
    });
  });

  it("converts a result with a code, as from older versions of Rancher Desktop", async () => {
    const result = { code: 3, stdout: "", stderr: "no disk" };
    expect(await failure(() => Promise.resolve(result))).toMatchObject({
      kind: "exit",
      message: "prog exited with code 3",
      stderr: "no disk",
    });
  });

  it("converts a rejection without a code, as from Podman Desktop", async () => {
    const withText = { stdout: "", stderr: "no disk", toString: () => "failed" };
    expect(await failure(() => Promise.reject(withText))).toMatchObject({ kind: "exit", stderr: "no disk" });
    const silent = { stdout: "", stderr: "", toString: () => "the command failed" };
    expect(await failure(() => Promise.reject(silent))).toMatchObject({
      kind: "exit",
      stderr: "the command failed",
    });
  });

  it("converts an error that the host throws instead of returning a promise", async () => {
    const found = await failure(() => {
      throw new TypeError("args must be strings");
    });
    expect(found).toMatchObject({ kind: "host", message: "cannot run prog: args must be strings" });
  });

  it.each([
    [{ code: "ENOENT", stderr: "" }, "missing", "cannot run prog: ENOENT"],
    [{ code: 126, stderr: "Bad CPU type in executable" }, "unusable", "cannot run prog: exit code 126"],
    [{ code: 127, stderr: "not found" }, "missing", "cannot run prog: exit code 127"],
    [{ killed: true, signal: "SIGTERM", code: null }, "killed", "prog was ended by SIGTERM"],
    [{ killed: true }, "killed", "prog was killed"],
    [{ code: 0xc0000005, stdout: "", stderr: "" }, "killed", "prog crashed with code 0xc0000005"],
    [new Error("spawn /x/prog ENOENT"), "missing", "cannot run prog: spawn /x/prog ENOENT"],
    [new Error("spawn prog EACCES"), "unusable", "cannot run prog: spawn prog EACCES"],
    [new Error("prog: the crate `a` does not compile"), "host", "cannot run prog: prog: the crate `a` does not compile"],
    ["SIGKILL", "killed", "prog was ended by SIGKILL"],
    [{}, "host", "cannot run prog: no reason given"],
    ["gone", "host", "cannot run prog: gone"],
    [undefined, "host", "cannot run prog: undefined"],
  ])("explains a rejection with %j", async (thrown, kind, message) => {
    expect(await failure(() => Promise.reject(thrown))).toMatchObject({ kind, message });
  });

  it("explains a result without output", async () => {
    expect((await failure(() => Promise.resolve({}))).kind).toBe("output");
    expect((await failure(() => Promise.resolve(undefined))).kind).toBe("host");
  });

  it.each(["a b", '{"k":1}', "$HOME", "a'b", "", "a\nb", "é"])("rejects the argument %j", async (arg) => {
    const host = new FakeHost(() => success(""));
    await expect(run(host.cli, "prog", [arg])).rejects.toMatchObject({ kind: "arguments" });
    expect(host.calls).toEqual([]);
  });
});
