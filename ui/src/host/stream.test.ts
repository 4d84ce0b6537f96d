import { describe, expect, it, vi } from "vitest";
import { FakeHost, type StreamOptions } from "../testing";
import { HostFailure } from "./failure";
import { HostStream, type StreamHandlers } from "./stream";

function open(onLine: (line: string) => void = () => {}, args: string[] = []) {
  const host = new FakeHost(() => undefined);
  const handlers = { onLine: vi.fn(onLine), onEnd: vi.fn() } satisfies StreamHandlers;
  const stream = new HostStream(host.cli, "prog", args, handlers);
  return { host, stream, events: host.streams[0], ...handlers };
}

describe("HostStream", () => {
  it("passes on each line, even without a newline, and ends once", () => {
    const { events, onLine, onEnd } = open();
    events?.onOutput({ stdout: '{"n":1}\n{"n"' });
    events?.onOutput({ stderr: "a warning" });
    events?.onOutput({ stdout: ":2}" });
    events?.onOutput({ stdout: "tail" });
    events?.onClose(0);
    events?.onClose(0);
    expect(onLine.mock.calls.flat()).toEqual(['{"n":1}', '{"n":2}', "tail"]);
    expect(onEnd.mock.calls).toEqual([[null]]);
  });

  it("reports a nonzero exit code together with stderr", () => {
    const { events, onEnd } = open();
    events?.onOutput({ stderr: "no such sensor" });
    events?.onOutput({ stderr: "so no report\n" });
    events?.onClose(2);
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({
      kind: "exit",
      message: "prog exited with code 2",
      stderr: "no such sensor\nso no report",
    });
  });

  it.each([
    ["Docker Desktop", (events: StreamOptions) => events.onClose(-1), "prog crashed or was killed"],
    ["Rancher Desktop", (events: StreamOptions) => events.onError("SIGSEGV"), "prog was ended by SIGSEGV"],
    ["Podman Desktop", (events: StreamOptions) => events.onClose(null as never), "prog was killed"],
  ])("reports a signal, as %s passes it on", (_, end, message) => {
    const { events, onEnd } = open();
    if (events) end(events);
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "killed", message });
  });

  it("reports an error once, and closes the process", () => {
    const { host, events, onEnd } = open();
    events?.onError(new Error("spawn failed"));
    events?.onClose(1);
    expect(onEnd).toHaveBeenCalledOnce();
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "host", message: "cannot run prog: spawn failed" });
    expect(host.closed).toBe(1);
  });

  it("ends with a failure when a line cannot be read", () => {
    const { host, events, onLine, onEnd } = open(() => {
      throw new HostFailure("output", "unexpected");
    });
    events?.onOutput({ stdout: "{}\n{}\n" });
    expect(onLine).toHaveBeenCalledOnce();
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "output" });
    expect(host.closed).toBe(1);
  });

  it("reports nothing after stop, and closes the process once", () => {
    const { host, stream, events, onLine, onEnd } = open();
    stream.stop();
    stream.stop();
    events?.onOutput({ stdout: "{}\n" });
    events?.onClose(143);
    expect(host.closed).toBe(1);
    expect(onLine).not.toHaveBeenCalled();
    expect(onEnd).not.toHaveBeenCalled();
  });

  it("rejects unsafe arguments without calling the host", () => {
    const { host, onEnd } = open(undefined, ["a b"]);
    expect(host.calls).toEqual([]);
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "arguments" });
  });

  it("reports an error that exec throws", () => {
    const onEnd = vi.fn();
    const cli = {
      exec: () => {
        throw new TypeError("bad options");
      },
    };
    new HostStream(cli as never, "prog", [], { onLine: () => {}, onEnd });
    expect(onEnd.mock.lastCall?.[0]).toMatchObject({ kind: "host" });
  });

  it("closes a process that ended before exec returned", () => {
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
