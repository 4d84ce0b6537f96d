import { describe, expect, it, vi } from "vitest";
import { FakeHost } from "../testing";
import { HostFailure } from "./failure";
import { HostStream, type StreamHandlers } from "./stream";

function begin(onLine: (line: string) => void = () => {}, args: string[] = []) {
  const host = new FakeHost(() => undefined);
  const handlers = { onLine: vi.fn(onLine), onEnd: vi.fn() } satisfies StreamHandlers;
  const stream = new HostStream(host.cli, "prog", args, handlers);
  return { host, stream, speak: host.streams[0], ...handlers };
}

describe("HostStream", () => {
  it("gives lines, those without a newline too, and ends once", () => {
    const { speak, onLine, onEnd } = begin();
    speak?.onOutput({ stdout: '{"n":1}\n{"n"' });
    speak?.onOutput({ stderr: "a warning" });
    speak?.onOutput({ stdout: ":2}" });
    speak?.onOutput({ stdout: "tail" });
    speak?.onClose(0);
    speak?.onClose(0);
    expect(onLine.mock.calls.flat()).toEqual(['{"n":1}', '{"n":2}', "tail"]);
    expect(onEnd.mock.calls).toEqual([[null]]);
  });

  it("tells a nonzero exit code with what stood on stderr", () => {
    const { speak, onEnd } = begin();
    speak?.onOutput({ stderr: "no such sensor" });
    speak?.onOutput({ stderr: "so no report\n" });
    speak?.onClose(2);
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({
      kind: "exit",
      message: "prog ended with exit code 2",
      stderr: "no such sensor\nso no report",
    });
  });

  it("tells an error once, and closes the process", () => {
    const { host, speak, onEnd } = begin();
    speak?.onError(new Error("spawn failed"));
    speak?.onClose(1);
    expect(onEnd).toHaveBeenCalledOnce();
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "start", message: "prog could not be run: spawn failed" });
    expect(host.closed).toBe(1);
  });

  it("ends with the failure of a line that cannot be read", () => {
    const { host, speak, onLine, onEnd } = begin(() => {
      throw new HostFailure("output", "unexpected");
    });
    speak?.onOutput({ stdout: "{}\n{}\n" });
    expect(onLine).toHaveBeenCalledOnce();
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "output" });
    expect(host.closed).toBe(1);
  });

  it("is silent after stop, which closes once", () => {
    const { host, stream, speak, onLine, onEnd } = begin();
    stream.stop();
    stream.stop();
    speak?.onOutput({ stdout: "{}\n" });
    speak?.onClose(143);
    expect(host.closed).toBe(1);
    expect(onLine).not.toHaveBeenCalled();
    expect(onEnd).not.toHaveBeenCalled();
  });

  it("refuses unsafe arguments without a call", () => {
    const { host, onEnd } = begin(undefined, ["a b"]);
    expect(host.calls).toEqual([]);
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "arguments" });
  });

  it("tells what exec throws", () => {
    const onEnd = vi.fn();
    const cli = {
      exec: () => {
        throw new TypeError("bad options");
      },
    };
    new HostStream(cli as never, "prog", [], { onLine: () => {}, onEnd });
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "start" });
  });

  it("closes a process whose end was told before exec returned", () => {
    const close = vi.fn();
    const cli = {
      exec: (_: string, __: string[], { stream }: { stream: { onError(e: unknown): void } }) => {
        stream.onError("gone");
        return { close };
      },
    };
    new HostStream(cli as never, "prog", [], { onLine: () => {}, onEnd: () => {} });
    expect(close).toHaveBeenCalledOnce();
  });
});
