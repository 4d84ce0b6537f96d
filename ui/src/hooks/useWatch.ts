import { useCallback, useEffect, useRef, useState } from "react";
import type { HostFailure } from "../host/failure";
import type { HostCli } from "../host/find";
import { HostStream } from "../host/stream";
import { BINARY } from "../report/binary";
import { parseSample, type Sample } from "../report/report";

/** Seconds between two samples. */
export const INTERVAL_SECONDS = 1;
/** How many samples are kept: those of the last two minutes. */
export const MAX_SAMPLES = 120;

export interface WatchState {
  /** `ended` means that the host binary exited by itself, without an error. */
  readonly status: "idle" | "running" | "stopped" | "ended" | "failed";
  readonly samples: readonly Sample[];
  readonly failure: HostFailure | null;
}

const IDLE: WatchState = { status: "idle", samples: [], failure: null };

/** Collects live samples between `start` and `stop`. */
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
    stream.current = new HostStream(cli, BINARY, ["--watch", String(INTERVAL_SECONDS)], {
      onLine: (line) => {
        const sample = parseSample(line);
        setState((old) => ({ ...old, samples: [...old.samples, sample].slice(-MAX_SAMPLES) }));
      },
      onEnd: (failure) => setState((old) => ({ ...old, status: failure ? "failed" : "ended", failure })),
    });
  }, [cli, close]);

  // When the page is closed, the host binary must not keep running. On pagehide this calls `stop` instead
  // of `close`, because the browser may keep the page in its cache and show it again.
  useEffect(() => {
    window.addEventListener("pagehide", stop);
    return () => {
      window.removeEventListener("pagehide", stop);
      close();
    };
  }, [stop, close]);

  return { ...state, start, stop };
}
