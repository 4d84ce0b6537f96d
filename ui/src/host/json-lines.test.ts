import { describe, expect, it } from "vitest";
import { JsonLines } from "./json-lines";

const OBJECTS = ['{"n":1,"in":{"a":"}"}}', '{"n":2,"in":{"a":"\\"{"}}', '{"n":3,"in":{"a":""}}'];

function through(chunks: string[]): string[] {
  const lines = new JsonLines();
  return [...chunks.flatMap((chunk) => lines.push(chunk)), ...lines.end()];
}

/** All the ways of cutting a text into pieces of one length. */
function cut(text: string, size: number): string[] {
  return text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
}

describe("JsonLines", () => {
  it("gives the same lines wherever the chunks are cut", () => {
    for (const text of [OBJECTS.join("\n"), `${OBJECTS.join("\n")}\n`, `${OBJECTS.join("\r\n")}\r\n`]) {
      for (let size = 1; size <= text.length; size++) {
        expect(through(cut(text, size))).toEqual(OBJECTS);
      }
    }
  });

  it("takes chunks that are lines without their newline, at once", () => {
    const lines = new JsonLines();
    for (const object of OBJECTS) {
      expect(lines.push(object)).toEqual([object]);
    }
    expect(lines.end()).toEqual([]);
  });

  it("keeps a line that is no JSON apart from the object after it", () => {
    expect(through(["warning: old", OBJECTS[0] ?? ""])).toEqual(["warning: old", OBJECTS[0]]);
    expect(through(["warning", ": old\n", "x"])).toEqual(["warning: old", "x"]);
  });

  it("gives up on a line that has no end", () => {
    const lines = new JsonLines();
    expect(lines.push(`{"a":"${"x".repeat(100_000)}`)).toHaveLength(1);
    expect(lines.end()).toEqual([]);
  });
});
