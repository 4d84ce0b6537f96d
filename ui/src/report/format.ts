import type { Load, Report } from "./report";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** 1536 -> "1.5 KiB" */
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

/** A part of a whole in percent, 0 to 100; 0 when there is no whole (a machine without swap). */
export function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, Math.max(0, (part / whole) * 100)) : 0;
}

export function percent(value: number): string {
  return `${Math.round(value)} %`;
}

/** 93784 -> "1 d 2 h 3 min"; below a minute in seconds */
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
  return load ? [load.one, load.five, load.fifteen].map((n) => n.toFixed(2)).join(" · ") : "not kept by this system";
}

const OS_NAMES: Readonly<Record<string, string>> = { darwin: "macOS", windows: "Windows" };

/** The operating system with its version. On Linux the version names the distribution, which is enough. */
export function system({ os, os_version }: Pick<Report, "os" | "os_version">): string {
  return os === "linux" && os_version ? os_version : `${OS_NAMES[os] ?? os} ${os_version}`.trim();
}
