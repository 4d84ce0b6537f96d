import { describe, expect, it } from "vitest";
import { JsonLines } from "./json-lines";

const OBJECTS = ['{"n":1,"in":{"a":"}"}}', '{"n":2,"in":{"a":"\\"{"}}', '{"n":3,"in":{"a":""}}'];

function linesOf(chunks: string[]): string[] {
  const lines = new JsonLines();
  return [...chunks.flatMap((chunk) => lines.push(chunk)), ...lines.end()];
}

/** Splits a text into chunks of `size` characters. */
function split(text: string, size: number): string[] {
  return text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
}

describe("JsonLines", () => {
  it("returns the same lines for chunks of any size", () => {
    for (const text of [OBJECTS.join("\n"), `${OBJECTS.join("\n")}\n`, `${OBJECTS.join("\r\n")}\r\n`]) {
      for (let size = 1; size <= text.length; size++) {
        expect(linesOf(split(text, size))).toEqual(OBJECTS);
      }
    }
  });

  it("returns a line without a newline as soon as it is complete JSON", () => {
    const lines = new JsonLines();
    for (const object of OBJECTS) {
      expect(lines.push(object)).toEqual([object]);
    }
    expect(lines.end()).toEqual([]);
  });

  it("separates a line that is not JSON from the object after it", () => {
    expect(linesOf(["warning: old", OBJECTS[0] ?? ""])).toEqual(["warning: old", OBJECTS[0]]);
    expect(linesOf(["warning", ": old\n", "x"])).toEqual(["warning: old", "x"]);
  });

  it("returns a line that is too long without waiting for its end", () => {
    const lines = new JsonLines();
    expect(lines.push(`{"a":"${"x".repeat(100_000)}`)).toHaveLength(1);
    expect(lines.end()).toEqual([]);
  });
});
