import { describe, expect, it } from "vitest";
import { REPORT, sample } from "../testing";
import { parseReport, parseSample } from "./report";

const changed = (change: object) => JSON.stringify({ ...REPORT, ...change });

describe("parseReport", () => {
  it("reads a report and ignores unknown fields", () => {
    expect(parseReport(`${JSON.stringify(REPORT)}\n`)).toEqual(REPORT);
    expect(parseReport(changed({ added: 1 }))).toEqual(REPORT);
  });

  it("accepts a load of null, as on Windows, and an empty list of disks", () => {
    expect(parseReport(changed({ load: null, disks: [] }))).toMatchObject({ load: null, disks: [] });
  });

  it.each([
    [changed({ schema: 2 }), "unexpected output: schema should be 1, found 2"],
    [changed({ hostname: undefined }), "unexpected output: hostname should be a string, but it is missing"],
    [changed({ translated: "no" }), 'unexpected output: translated should be a boolean, found "no"'],
    [changed({ cpu: { ...REPORT.cpu, count: -1 } }), "unexpected output: cpu.count should be a non-negative number, found -1"],
    [changed({ disks: [{}] }), "unexpected output: disks[0].name should be a string, but it is missing"],
    [changed({ disks: {} }), "unexpected output: disks should be an array, found {}"],
    [changed({ memory: null }), "unexpected output: memory should be an object, found null"],
    ["[]", "unexpected output: the JSON should be an object, found []"],
    ["", "expected JSON, but there was no output"],
    ["usage: prog [FILE]", 'expected JSON, found "usage: prog [FILE]"'],
  ])("explains what is wrong in case %#", (json, message) => {
    expect(() => parseReport(json)).toThrow(expect.objectContaining({ kind: "output", message }));
  });
});

describe("parseSample", () => {
  it("reads a line of the stream", () => {
    expect(parseSample(JSON.stringify(sample(12.5)))).toEqual(sample(12.5));
  });

  it("explains a line that is not a sample", () => {
    expect(() => parseSample(JSON.stringify(REPORT))).toThrow("cpu_percent should be a non-negative number, but it is missing");
  });
});
