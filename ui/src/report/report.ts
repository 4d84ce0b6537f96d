import { amount, exactly, flag, list, nullable, object, readJson, text } from "./shape";

const memory = object({ total_bytes: amount, used_bytes: amount, available_bytes: amount });
const usedOfTotal = object({ total_bytes: amount, used_bytes: amount });
/** Windows keeps no load average. */
const load = nullable(object({ one: amount, five: amount, fifteen: amount }));
const disk = object({
  name: text,
  mount: text,
  file_system: text,
  total_bytes: amount,
  available_bytes: amount,
});

const report = object({
  schema: exactly(1),
  hostname: text,
  os: text,
  os_version: text,
  arch: text,
  machine_arch: text,
  translated: flag,
  cpu: object({ model: text, count: amount, usage_percent: amount }),
  load,
  memory,
  swap: usedOfTotal,
  disks: list(disk),
  uptime_seconds: amount,
});

const sample = object({
  schema: exactly(1),
  uptime_seconds: amount,
  cpu_percent: amount,
  memory: usedOfTotal,
  swap: usedOfTotal,
  load,
});

/** What `system-report` prints. */
export type Report = ReturnType<typeof report>;
export type Disk = ReturnType<typeof disk>;
export type Load = ReturnType<typeof load>;
/** One line of `system-report --watch`. */
export type Sample = ReturnType<typeof sample>;

/** @throws HostFailure when the text is not a report. */
export const parseReport = (json: string): Report => readJson(json, report);

/** @throws HostFailure when the line is not a sample. */
export const parseSample = (line: string): Sample => readJson(line, sample);
