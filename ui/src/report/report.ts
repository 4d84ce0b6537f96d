import { array, boolean, literal, nonNegative, nullable, object, readJson, readValue, string } from "./shape";

const memory = object({ total_bytes: nonNegative, used_bytes: nonNegative, available_bytes: nonNegative });
const usedOfTotal = object({ total_bytes: nonNegative, used_bytes: nonNegative });
/** null on Windows, which has no load averages. */
const load = nullable(object({ one: nonNegative, five: nonNegative, fifteen: nonNegative }));
const disk = object({
  name: string,
  mount: string,
  file_system: string,
  total_bytes: nonNegative,
  available_bytes: nonNegative,
});

const report = object({
  schema: literal(1),
  hostname: string,
  os: string,
  os_version: string,
  arch: string,
  machine_arch: string,
  translated: boolean,
  cpu: object({ model: string, count: nonNegative, usage_percent: nonNegative }),
  load,
  memory,
  swap: usedOfTotal,
  disks: array(disk),
  uptime_seconds: nonNegative,
});

const sample = object({
  schema: literal(1),
  uptime_seconds: nonNegative,
  cpu_percent: nonNegative,
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

/** @throws HostFailure if the text is not a report. */
export const parseReport = (json: string): Report => readJson(json, report);

/** @throws HostFailure if the line is not a sample. */
export const parseSample = (line: string): Sample => readJson(line, sample);

/** The same for the answers of the backend, which are parsed already. */
export const readReport = (answer: unknown): Report => readValue(answer, report);
export const readSample = (answer: unknown): Sample => readValue(answer, sample);
