import { checkArguments } from "./arguments";
import { failureFromThrown, failureInAnswer, HostFailure } from "./failure";
import type { HostCli } from "./find";
import { JsonLines } from "./json-lines";

/** How much of stderr is kept to explain a failure. */
const STDERR_KEPT = 4000;

export interface StreamHandlers {
  /** One complete line of stdout. Throwing a HostFailure ends the stream with it. */
  onLine(line: string): void;
  /** Called once, unless the page stopped the stream; null when the binary ended well. */
  onEnd(failure: HostFailure | null): void;
}

/** A host binary that runs until it ends or the page stops it. */
export class HostStream {
  readonly #binary: string;
  readonly #handlers: StreamHandlers;
  readonly #lines = new JsonLines();
  #process: { close(): void } | undefined;
  #stderr = "";
  #over = false;

  /** Starts the binary. A failure to start is told through `onEnd`, as every other one. */
  constructor(cli: HostCli, binary: string, args: string[], handlers: StreamHandlers) {
    this.#binary = binary;
    this.#handlers = handlers;
    try {
      checkArguments(args);
      this.#process = cli.exec(binary, args, {
        stream: {
          splitOutputLines: true,
          onOutput: (data) => this.#output(data),
          onError: (error: unknown) => this.#finish(failureFromThrown(binary, error)),
          onClose: (code) => this.#closed(code),
        },
      });
    } catch (thrown) {
      this.#finish(failureFromThrown(binary, thrown));
    }
    // A host may report the end before exec has returned.
    if (this.#over) this.#process?.close();
  }

  /** Ends the binary; nothing is reported after this. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#process?.close();
  }

  #output(data: { stdout?: string | undefined; stderr?: string | undefined }): void {
    if (this.#over) return;
    // A host that splits gives lines without their ends.
    if (data.stderr) this.#stderr = (this.#stderr + data.stderr.replace(/\n?$/, "\n")).slice(-STDERR_KEPT);
    if (data.stdout) this.#deliver(this.#lines.push(data.stdout));
  }

  #deliver(lines: string[]): void {
    for (const line of lines) {
      if (this.#over) return;
      try {
        this.#handlers.onLine(line);
      } catch (thrown) {
        this.#finish(failureFromThrown(this.#binary, thrown));
      }
    }
  }

  #closed(code: number): void {
    if (this.#over) return;
    this.#deliver(this.#lines.end());
    this.#finish(failureInAnswer(this.#binary, { code, stderr: this.#stderr }));
  }

  #finish(failure: HostFailure | null): void {
    if (this.#over) return;
    this.stop();
    this.#handlers.onEnd(failure);
  }
}
