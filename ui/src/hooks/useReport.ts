import { useCallback, useEffect, useRef, useState } from "react";
import { failureFromThrown, type HostFailure } from "../host/failure";
import type { HostCli } from "../host/find";
import { run } from "../host/run";
import { BINARY } from "../report/binary";
import { parseReport, type Report } from "../report/report";

export interface ReportState {
  readonly loading: boolean;
  /** The last good report; stays while a newer one is fetched or fails. */
  readonly report: Report | null;
  readonly failure: HostFailure | null;
}

const LOADING: ReportState = { loading: true, report: null, failure: null };

/** Fetches the report once the page is there, and again on `refresh`. */
export function useReport(cli: HostCli): ReportState & { refresh(): void } {
  const [state, setState] = useState(LOADING);
  // Only the newest call may speak: an older answer can arrive later, or after unmount.
  const newest = useRef(0);

  const refresh = useCallback(async () => {
    const call = ++newest.current;
    setState((old) => ({ ...old, loading: true }));
    try {
      const report = parseReport(await run(cli, BINARY, []));
      if (call === newest.current) setState({ loading: false, report, failure: null });
    } catch (thrown) {
      const failure = failureFromThrown(BINARY, thrown);
      if (call === newest.current) setState((old) => ({ ...old, loading: false, failure }));
    }
  }, [cli]);

  useEffect(() => {
    void refresh();
    return () => {
      newest.current += 1;
    };
  }, [refresh]);

  return { ...state, refresh: () => void refresh() };
}
