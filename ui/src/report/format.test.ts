import { describe, expect, it } from "vitest";
import { bytes, duration, loadAverages, percent, share, systemName } from "./format";

describe("format", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [17179869184, "16.0 GiB"],
    [494384795648, "460 GiB"],
    [2 ** 70, "1048576 PiB"],
  ])("formats %d bytes as %s", (count, text) => expect(bytes(count)).toBe(text));

  it.each([
    [0, "0 s"],
    [59.9, "59 s"],
    [60, "1 min"],
    [3600, "1 h"],
    [266584, "3 d 2 h 3 min"],
  ])("formats %d seconds as %s", (seconds, text) => expect(duration(seconds)).toBe(text));

  it("limits a share to between 0 and 100", () => {
    expect([share(1, 4), share(5, 4), share(-1, 4), share(0, 0)]).toEqual([25, 100, 0, 0]);
  });

  it("formats percentages and load averages", () => {
    expect(percent(12.5)).toBe("13 %");
    expect(loadAverages({ one: 1, five: 0.5, fifteen: 0.25 })).toBe("1.00 · 0.50 · 0.25");
    expect(loadAverages(null)).toBe("not available");
  });

  it.each([
    ["darwin", "15.5", "macOS 15.5"],
    ["windows", "11 (26100)", "Windows 11 (26100)"],
    ["linux", "Debian GNU/Linux 13", "Debian GNU/Linux 13"],
    ["linux", "", "linux"],
    ["plan9", "4", "plan9 4"],
  ])("formats the system %s %s", (os, os_version, name) => {
    expect(systemName({ os, os_version })).toBe(name);
  });
});
