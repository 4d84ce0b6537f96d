import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The project: the folder above `ui/`. */
export const PROJECT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

const LINK = /http:\/\/127\.0\.0\.1:\d+\/#launch=[\w-]+/g;
/** Building comes first. */
export const START_MS = 10 * 60_000;
const ANSWER_MS = 10_000;

/** A running `cargo xtask preview --no-open`. It ends with this process, however that ends: its standard input does. */
export class Preview {
  readonly #child: ChildProcess;
  #output = "";
  #linksTaken = 0;

  private constructor(flags: readonly string[]) {
    this.#child = spawn("cargo", ["xtask", "preview", "--no-open", "--until-stdin-closes", ...flags], { cwd: PROJECT, stdio: "pipe" });
    this.#child.stdin?.on("error", () => {});
    for (const pipe of [this.#child.stdout, this.#child.stderr]) {
      pipe?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    }
  }

  /** Builds what has changed, and starts serving. */
  static async start(flags: readonly string[] = []): Promise<Preview> {
    const preview = new Preview(flags);
    const spawned = once(preview.#child, "spawn");
    await spawned;
    await preview.#until(() => preview.#links().length > 0, "print its address", START_MS);
    return preview;
  }

  /** The process of cargo; everything that the preview runs is below it. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What the terminal shows: standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  /** A link that has not been used. The first one is there; the Enter key prints another. */
  async link(): Promise<string> {
    if (this.#linksTaken > 0) this.#child.stdin?.write("\n");
    await this.#until(() => this.#links().length > this.#linksTaken, "print a new link", ANSWER_MS);
    const links = this.#links();
    this.#linksTaken = links.length;
    return links.at(-1) ?? "";
  }

  /** `http://127.0.0.1:PORT`. */
  async origin(): Promise<string> {
    return new URL(this.#links()[0] ?? (await this.link())).origin;
  }

  /** Waits until the terminal has shown `words`. */
  shows(words: string | RegExp, milliseconds = ANSWER_MS): Promise<void> {
    const shown = () => (typeof words === "string" ? this.#output.includes(words) : words.test(this.#output));
    return this.#until(shown, `show ${words}`, milliseconds);
  }

  /** Ends it, and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.stdin?.end();
    const late = setTimeout(() => this.#child.kill("SIGKILL"), ANSWER_MS);
    await exit;
    clearTimeout(late);
  }

  /** Each link once, although it may be printed on both outputs. */
  #links(): string[] {
    return [...new Set(this.#output.match(LINK))];
  }

  async #until(done: () => boolean, what: string, milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds;
    while (!done()) {
      const over = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (over || Date.now() > end) {
        throw new Error(`cargo xtask preview did not ${what}; it said:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
