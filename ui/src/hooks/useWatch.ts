import { useCallback, useEffect, useRef, useState } from "react";
import type { HostFailure } from "../host/failure";
import type { HostCli } from "../host/find";
import { HostStream } from "../host/stream";
import { BINARY } from "../report/binary";
import { parseSample, type Sample } from "../report/report";

/** Seconds between two samples. */
export const INTERVAL = 1;
/** Samples kept: two minutes. */
export const KEPT = 120;

export interface WatchState {
  /** `ended`: the binary ended by itself, without a failure. */
  readonly status: "idle" | "running" | "stopped" | "ended" | "failed";
  readonly samples: readonly Sample[];
  readonly failure: HostFailure | null;
}

const IDLE: WatchState = { status: "idle", samples: [], failure: null };

/** The live samples of the machine, between `start` and `stop`. */
export function useWatch(cli: HostCli): WatchState & { start(): void; stop(): void } {
  const [state, setState] = useState(IDLE);
  const stream = useRef<HostStream | null>(null);

  const close = useCallback(() => {
    stream.current?.stop();
    stream.current = null;
  }, []);

  const stop = useCallback(() => {
    close();
    setState((old) => (old.status === "running" ? { ...old, status: "stopped" } : old));
  }, [close]);

  const start = useCallback(() => {
    close();
    setState({ ...IDLE, status: "running" });
    stream.current = new HostStream(cli, BINARY, ["--watch", String(INTERVAL)], {
      onLine: (line) => {
        const sample = parseSample(line);
        setState((old) => ({ ...old, samples: [...old.samples, sample].slice(-KEPT) }));
      },
      onEnd: (failure) => setState((old) => ({ ...old, status: failure ? "failed" : "ended", failure })),
    });
  }, [cli, close]);

  // A page that goes away must not leave its binary running on the host. `stop`, not `close`, on
  // pagehide: a page kept by the browser's cache may be shown again.
  useEffect(() => {
    window.addEventListener("pagehide", stop);
    return () => {
      window.removeEventListener("pagehide", stop);
      close();
    };
  }, [stop, close]);

  return { ...state, start, stop };
}
