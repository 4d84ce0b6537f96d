/** More than any line that the host binary prints. Longer text is passed on as it is, so that the buffer stays small. */
const MAX_LINE_LENGTH = 64 * 1024;

function isCompleteJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Splits a stream with one JSON object per line into its lines.
 *
 * Hosts differ: they may split the stream into chunks anywhere, remove the newline after each line, or
 * lose the last newline. So text without a newline also counts as a line once it is complete JSON. This
 * is safe because the beginning of a JSON object is never valid JSON itself.
 */
export class JsonLines {
  #buffer = "";

  /** Adds a chunk, and returns the lines that are now complete. */
  push(chunk: string): string[] {
    const lines: string[] = [];
    // This chunk starts an object, and the buffer does not contain the start of one: the buffer is a line of its own.
    if (/^\s*\{/.test(chunk) && this.#buffer !== "" && !this.#buffer.trimStart().startsWith("{")) {
      lines.push(this.#buffer);
      this.#buffer = "";
    }
    const parts = (this.#buffer + chunk).split("\n");
    this.#buffer = parts.pop() ?? "";
    lines.push(...parts);
    if (this.#buffer.length > MAX_LINE_LENGTH || isCompleteJson(this.#buffer)) {
      lines.push(this.#buffer);
      this.#buffer = "";
    }
    return lines.map((line) => line.trim()).filter((line) => line !== "");
  }

  /** Returns the remaining text at the end of the stream, if any, as the last line. */
  end(): string[] {
    const line = this.#buffer.trim();
    this.#buffer = "";
    return line === "" ? [] : [line];
  }
}
