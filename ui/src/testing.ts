import type { HostCli } from "./host/find";
import type { Report, Sample } from "./report/report";

/** A report as the host binary prints it. */
export const REPORT: Report = {
  schema: 1,
  hostname: "studio",
  os: "darwin",
  os_version: "15.5",
  arch: "arm64",
  machine_arch: "arm64",
  translated: false,
  cpu: { model: "Apple M2 Pro", count: 10, usage_percent: 23.4 },
  load: { one: 2.1, five: 1.8, fifteen: 1.5 },
  memory: { total_bytes: 17179869184, used_bytes: 11596411699, available_bytes: 5583457485 },
  swap: { total_bytes: 2147483648, used_bytes: 536870912 },
  disks: [
    {
      name: "Macintosh HD",
      mount: "/",
      file_system: "apfs",
      total_bytes: 494384795648,
      available_bytes: 182536110080,
    },
  ],
  uptime_seconds: 266584,
};

/** A sample as the host binary prints it. */
export function sample(cpuPercent: number): Sample {
  const { uptime_seconds, swap, load } = REPORT;
  const { total_bytes, used_bytes } = REPORT.memory;
  const memory = { total_bytes, used_bytes };
  return { schema: 1, uptime_seconds, cpu_percent: cpuPercent, memory, swap, load };
}

export interface StreamOptions {
  onOutput(data: { stdout?: string; stderr?: string }): void;
  onError(error: unknown): void;
  onClose(code: number): void;
}

interface Call {
  readonly binary: string;
  readonly args: string[];
}

/** A fake host. It answers plain calls with `answer`; for streamed calls, a test calls the handlers in `streams`. */
export class FakeHost {
  readonly calls: Call[] = [];
  readonly streams: StreamOptions[] = [];
  /** How many streams have been closed. */
  closed = 0;

  constructor(public answer: () => unknown) {}

  readonly cli = {
    exec: (binary: string, args: string[], options?: { stream?: StreamOptions }) => {
      this.calls.push({ binary, args });
      if (!options?.stream) return this.answer();
      this.streams.push(options.stream);
      return { close: () => (this.closed += 1) };
    },
  } as unknown as HostCli;
}

/** What a host resolves with if the host binary succeeded. */
export const success = (stdout: string, stderr = "") => Promise.resolve({ stdout, stderr });
