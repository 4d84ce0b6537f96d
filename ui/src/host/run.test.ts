import { describe, expect, it } from "vitest";
import { ended, FakeHost } from "../testing";
import { HostFailure } from "./failure";
import { run } from "./run";

async function failure(answer: () => unknown, args: string[] = []): Promise<HostFailure> {
  const thrown = await run(new FakeHost(answer).cli, "prog", args).catch((e: unknown) => e);
  expect(thrown).toBeInstanceOf(HostFailure);
  return thrown as HostFailure;
}

describe("run", () => {
  it("gives stdout, and takes text on stderr for no failure", async () => {
    const host = new FakeHost(() => ended("out", "a warning"));
    await expect(run(host.cli, "prog", ["--watch", "1"])).resolves.toBe("out");
    expect(host.calls).toEqual([{ binary: "prog", args: ["--watch", "1"] }]);
  });

  it("takes an answer with exit code 0", async () => {
    const host = new FakeHost(() => Promise.resolve({ stdout: "out", stderr: "", code: 0 }));
    await expect(run(host.cli, "prog", [])).resolves.toBe("out");
  });

  it("brings a rejection with a code into the one shape (Docker Desktop)", async () => {
    const answer = { killed: false, code: 125, signal: null, cmd: "prog", stdout: "", stderr: "no disk\n" };
    expect(await failure(() => Promise.reject(answer))).toMatchObject({
      kind: "exit",
      message: "prog ended with exit code 125",
      stderr: "no disk",
    });
  });

  it("brings an answer with a code into the one shape (Rancher Desktop)", async () => {
    const answer = { code: 3, stdout: "", stderr: "no disk" };
    expect(await failure(() => Promise.resolve(answer))).toMatchObject({
      kind: "exit",
      message: "prog ended with exit code 3",
      stderr: "no disk",
    });
  });

  it("brings a rejection without a code into the one shape (Podman Desktop)", async () => {
    const withText = { stdout: "", stderr: "no disk", toString: () => "failed" };
    expect(await failure(() => Promise.reject(withText))).toMatchObject({ kind: "exit", stderr: "no disk" });
    const silent = { stdout: "", stderr: "", toString: () => "the command failed" };
    expect(await failure(() => Promise.reject(silent))).toMatchObject({
      kind: "exit",
      stderr: "the command failed",
    });
  });

  it("catches what the host throws before there is a promise", async () => {
    const found = await failure(() => {
      throw new TypeError("args must be strings");
    });
    expect(found).toMatchObject({ kind: "start", message: "prog could not be run: args must be strings" });
  });

  it.each([
    [{ code: "ENOENT", stderr: "" }, "start", "prog could not be run: ENOENT"],
    [{ code: 126, stderr: "Bad CPU type in executable" }, "start", "prog could not be run: exit code 126"],
    [{ code: 127, stderr: "not found" }, "start", "prog could not be run: exit code 127"],
    [{ killed: true, signal: "SIGTERM", code: null }, "exit", "prog was ended by SIGTERM"],
    [{ killed: true }, "exit", "prog was killed"],
    [{}, "start", "prog could not be run: no reason given"],
    ["gone", "start", "prog could not be run: gone"],
    [undefined, "start", "prog could not be run: undefined"],
  ])("explains a rejection with %j", async (thrown, kind, message) => {
    expect(await failure(() => Promise.reject(thrown))).toMatchObject({ kind, message });
  });

  it("explains an answer without output", async () => {
    expect((await failure(() => Promise.resolve({}))).kind).toBe("output");
    expect((await failure(() => Promise.resolve(undefined))).kind).toBe("start");
  });

  it.each(["a b", '{"k":1}', "$HOME", "a'b", "", "a\nb", "é"])("refuses the argument %j", async (arg) => {
    const host = new FakeHost(() => ended(""));
    await expect(run(host.cli, "prog", [arg])).rejects.toMatchObject({ kind: "arguments" });
    expect(host.calls).toEqual([]);
  });
});
