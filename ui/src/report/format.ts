import type { Load, Report } from "./report";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Formats a number of bytes: 1536 becomes "1.5 KiB". */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** `part` as a percentage of `whole`, from 0 to 100. Returns 0 if `whole` is 0, as on a machine without swap. */
export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, Math.max(0, (part / whole) * 100)) : 0;
}

export function percent(value: number): string {
  return `${Math.round(value)} %`;
}

/** Formats seconds: 93784 becomes "1 d 2 h 3 min". Less than a minute is shown in seconds. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const parts: [number, string][] = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "min"],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

export function loadAverages(load: Load): string {
  return load ? [load.one, load.five, load.fifteen].map((n) => n.toFixed(2)).join(" · ") : "not available";
}

const OS_NAMES: Readonly<Record<string, string>> = { darwin: "macOS", windows: "Windows" };

/** The operating system and its version. On Linux, the version already contains the name of the distribution. */
export function systemName({ os, os_version }: Pick<Report, "os" | "os_version">): string {
  return os === "linux" && os_version ? os_version : `${OS_NAMES[os] ?? os} ${os_version}`.trim();
}
