import { useCallback, useEffect, useRef, useState } from "react";
import type { HostFailure } from "../host/failure";
import type { HostCli } from "../host/find";
import { HostStream } from "../host/stream";
import { BINARY } from "../binary";
import { parseSample, type Sample } from "../report/report";

/** Seconds between two samples. */
export const INTERVAL_SECONDS = 1;
/** How many samples are kept: those of the last two minutes. */
export const MAX_SAMPLES = 120;

/**
 * Seconds after which the host binary exits by itself. It is then started again, so that it does not run on where a page
 * cannot end it: in Podman Desktop, closing a stream does nothing.
 */
export const WATCH_SECONDS = 60;

const ARGUMENTS = ["--watch", String(INTERVAL_SECONDS), "--for", String(WATCH_SECONDS)];

export interface WatchState {
  /** `ended` means that the host binary exited at once, without an error and without a sample. */
  readonly status: "running" | "stopped" | "ended" | "failed";
  readonly samples: readonly Sample[];
  readonly failure: HostFailure | null;
}

const STARTED: WatchState = { status: "running", samples: [], failure: null };

/** Collects live samples from the beginning, until `stop`, and again after `start`. */
export function useWatch(cli: HostCli): WatchState & { start(): void; stop(): void } {
  const [state, setState] = useState(STARTED);
  const stream = useRef<HostStream | null>(null);

  const close = useCallback(() => {
    stream.current?.stop();
    stream.current = null;
  }, []);

  const stop = useCallback(() => {
    close();
    setState((old) => (old.status === "running" ? { ...old, status: "stopped" } : old));
  }, [close]);

  /** Starts the host binary, and starts it again when its time is over. */
  const watch = useCallback(() => {
    let printed = false;
    stream.current = new HostStream(cli, BINARY, ARGUMENTS, {
      onLine: (line) => {
        const sample = parseSample(line);
        printed = true;
        setState((old) => ({ ...old, samples: [...old.samples, sample].slice(-MAX_SAMPLES) }));
      },
      onEnd: (failure) => {
        stream.current = null;
        if (!failure && printed) watch();
        else setState((old) => ({ ...old, status: failure ? "failed" : "ended", failure }));
      },
    });
  }, [cli]);

  const start = useCallback(() => {
    close();
    setState(STARTED);
    watch();
  }, [close, watch]);

  // When the page is closed, the host binary must not keep running. The browser may keep the page in its cache and show it
  // again; then the chart starts again, if it was running.
  useEffect(() => {
    let resumes = false;
    const hide = () => {
      resumes = stream.current !== null;
      stop();
    };
    const show = ({ persisted }: PageTransitionEvent) => {
      if (persisted && resumes) start();
    };
    start();
    window.addEventListener("pagehide", hide);
    window.addEventListener("pageshow", show);
    return () => {
      window.removeEventListener("pagehide", hide);
      window.removeEventListener("pageshow", show);
      close();
    };
  }, [start, stop, close]);

  return { ...state, start, stop };
}
