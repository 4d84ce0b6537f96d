import { useEffect, useState } from "react";
import type { VmService } from "../host/find";
import { readReport, readSample, type Report, type Sample } from "../report/report";
import { INTERVAL_SECONDS, MAX_SAMPLES } from "./useWatch";

export interface VmState {
  readonly report: Report | null;
  readonly samples: readonly Sample[];
  /** Why the backend did not answer. It is asked again, because its container may still be starting. */
  readonly problem: string | null;
}

/** What the service rejects with, as text. */
function reason(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) return String(thrown.message);
  return String(thrown);
}

/** Asks the backend in Docker's VM for its report, and then for a sample every second. */
export function useVm(service: VmService): VmState {
  const [state, setState] = useState<VmState>({ report: null, samples: [], problem: null });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    let hasReport = false;
    const update = (change: (old: VmState) => Partial<VmState>) => {
      if (!ended) setState((old) => ({ ...old, ...change(old) }));
    };
    const ask = async () => {
      try {
        if (!hasReport) {
          const report = readReport(await service.get("/report"));
          hasReport = true;
          update(() => ({ report }));
        }
        const sample = readSample(await service.get("/sample"));
        update(({ samples }) => ({ samples: [...samples, sample].slice(-MAX_SAMPLES), problem: null }));
      } catch (thrown) {
        hasReport = false;
        update(() => ({ problem: reason(thrown) }));
      }
      if (!ended) timer = setTimeout(() => void ask(), INTERVAL_SECONDS * 1000);
    };
    void ask();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [service]);
  return state;
}
