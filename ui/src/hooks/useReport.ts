import { useCallback, useEffect, useRef, useState } from "react";
import { failureFromThrown, type HostFailure } from "../host/failure";
import type { HostCli } from "../host/find";
import { run } from "../host/run";
import { BINARY } from "../binary";
import { parseReport, type Report } from "../report/report";

export interface ReportState {
  readonly loading: boolean;
  /** The last report that was read. It is kept while a newer one is loading or has failed. */
  readonly report: Report | null;
  readonly failure: HostFailure | null;
}

const LOADING: ReportState = { loading: true, report: null, failure: null };

/** Reads the report when the component is mounted, and again on `refresh`. */
export function useReport(cli: HostCli): ReportState & { refresh(): void } {
  const [state, setState] = useState(LOADING);
  // Only the latest call may change the state: an earlier one can finish after it, or after unmounting.
  const latest = useRef(0);

  const refresh = useCallback(async () => {
    const call = ++latest.current;
    setState((old) => ({ ...old, loading: true }));
    try {
      const report = parseReport(await run(cli, BINARY, []));
      if (call === latest.current) setState({ loading: false, report, failure: null });
    } catch (thrown) {
      const failure = failureFromThrown(BINARY, thrown);
      if (call === latest.current) setState((old) => ({ ...old, loading: false, failure }));
    }
  }, [cli]);

  useEffect(() => {
    void refresh();
    return () => {
      latest.current += 1;
    };
  }, [refresh]);

  return { ...state, refresh: () => void refresh() };
}
