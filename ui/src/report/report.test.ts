import { describe, expect, it } from "vitest";
import { REPORT, sample } from "../testing";
import { parseReport, parseSample } from "./report";

const changed = (change: object) => JSON.stringify({ ...REPORT, ...change });

describe("parseReport", () => {
  it("reads a report, and passes over fields it does not know", () => {
    expect(parseReport(`${JSON.stringify(REPORT)}\n`)).toEqual(REPORT);
    expect(parseReport(changed({ added: 1 }))).toEqual(REPORT);
  });

  it("takes a load of null, as on Windows, and no disks", () => {
    expect(parseReport(changed({ load: null, disks: [] }))).toMatchObject({ load: null, disks: [] });
  });

  it.each([
    [changed({ schema: 2 }), "unexpected report: schema should be 1, found 2"],
    [changed({ hostname: undefined }), "unexpected report: hostname should be a text, found nothing"],
    [changed({ translated: "no" }), 'unexpected report: translated should be true or false, found "no"'],
    [changed({ cpu: { ...REPORT.cpu, count: -1 } }), "unexpected report: cpu.count should be a number from 0, found -1"],
    [changed({ disks: [{}] }), "unexpected report: disks[0].name should be a text, found nothing"],
    [changed({ disks: {} }), "unexpected report: disks should be a list, found {}"],
    [changed({ memory: null }), "unexpected report: memory should be an object, found null"],
    ["[]", "unexpected report: the output should be an object, found []"],
    ["", "expected JSON, found nothing"],
    ["usage: prog [FILE]", 'expected JSON, found "usage: prog [FILE]"'],
  ])("explains what differs in case %#", (json, message) => {
    expect(() => parseReport(json)).toThrow(expect.objectContaining({ kind: "output", message }));
  });
});

describe("parseSample", () => {
  it("reads a line of the stream", () => {
    expect(parseSample(JSON.stringify(sample(12.5)))).toEqual(sample(12.5));
  });

  it("explains a line of another shape", () => {
    expect(() => parseSample(JSON.stringify(REPORT))).toThrow("cpu_percent should be a number from 0, found nothing");
  });
});
