import { checkArguments } from "./arguments";
import { failureFromClose, failureFromThrown, type HostFailure } from "./failure";
import type { HostCli } from "./find";
import { JsonLines } from "./json-lines";

/** How many characters from the end of stderr are kept to explain a failure. */
const MAX_STDERR_LENGTH = 4000;

export interface StreamHandlers {
  /** Called for each complete line of stdout. If it throws, the stream ends with that failure. */
  onLine(line: string): void;
  /** Called once, unless `stop` was called first. `failure` is null if the host binary succeeded. */
  onEnd(failure: HostFailure | null): void;
}

/** A running host binary whose output is passed on line by line. It runs until it exits or is stopped. */
export class HostStream {
  readonly #binary: string;
  readonly #handlers: StreamHandlers;
  readonly #lines = new JsonLines();
  #process: { close(): void } | undefined;
  #stderr = "";
  #ended = false;

  /** Starts the host binary. A failure to start is passed to `onEnd`, like every other failure. */
  constructor(cli: HostCli, binary: string, args: string[], handlers: StreamHandlers) {
    this.#binary = binary;
    this.#handlers = handlers;
    try {
      checkArguments(args);
      this.#process = cli.exec(binary, args, {
        stream: {
          splitOutputLines: true,
          onOutput: (data) => this.#onOutput(data),
          onError: (error: unknown) => this.#finish(failureFromThrown(binary, error)),
          onClose: (code) => this.#onClose(code),
        },
      });
    } catch (thrown) {
      this.#finish(failureFromThrown(binary, thrown));
    }
    // A host may report the end before exec returns.
    if (this.#ended) this.#process?.close();
  }

  /** Ends the host binary. No handler is called after this. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#process?.close();
  }

  #onOutput(data: { stdout?: string | undefined; stderr?: string | undefined }): void {
    if (this.#ended) return;
    // A host that splits the output into lines removes the newlines.
    if (data.stderr) this.#stderr = (this.#stderr + data.stderr.replace(/\n?$/, "\n")).slice(-MAX_STDERR_LENGTH);
    if (data.stdout) this.#deliver(this.#lines.push(data.stdout));
  }

  #deliver(lines: string[]): void {
    for (const line of lines) {
      if (this.#ended) return;
      try {
        this.#handlers.onLine(line);
      } catch (thrown) {
        this.#finish(failureFromThrown(this.#binary, thrown));
      }
    }
  }

  #onClose(code: number): void {
    if (this.#ended) return;
    this.#deliver(this.#lines.end());
    this.#finish(failureFromClose(this.#binary, code, this.#stderr.trim()));
  }

  #finish(failure: HostFailure | null): void {
    if (this.#ended) return;
    this.stop();
    this.#handlers.onEnd(failure);
  }
}
