/** Longer than any line of the agreed output; what grows beyond is not that output. */
const LONGEST_LINE = 64 * 1024;

function isWholeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts the lines of a stream of JSON objects together, one object a line.
 *
 * Hosts differ: chunks may be cut anywhere, may be lines without their newline, and the newline
 * of the last line may be missing. So a rest without newline counts as a line once it is whole:
 * no part of the text of an object that lacks its end is itself JSON.
 */
export class JsonLines {
  #rest = "";

  /** Takes a chunk, gives the lines that are complete with it. */
  push(chunk: string): string[] {
    const lines: string[] = [];
    // An object begins, and what waits cannot be the beginning of one: that was a line of its own.
    if (/^\s*\{/.test(chunk) && this.#rest !== "" && !this.#rest.trimStart().startsWith("{")) {
      lines.push(this.#rest);
      this.#rest = "";
    }
    const parts = (this.#rest + chunk).split("\n");
    this.#rest = parts.pop() ?? "";
    lines.push(...parts);
    if (this.#rest.length > LONGEST_LINE || isWholeJson(this.#rest)) {
      lines.push(this.#rest);
      this.#rest = "";
    }
    return lines.map((line) => line.trim()).filter((line) => line !== "");
  }

  /** What is left when the stream has ended. */
  end(): string[] {
    const rest = this.#rest.trim();
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}
