import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the project: the folder that contains `ui/`. */
export const PROJECT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

const LINK = /http:\/\/[\w.:-]+\/#launch=[\w-]+/g;
/** The time limit for starting a preview, which includes a build. */
export const START_MS = 10 * 60_000;
/** The time limit for everything else. */
const ANSWER_MS = 10_000;

/**
 * A running `cargo xtask preview --no-open`. It always ends together with this process, even if this process
 * crashes, because its standard input is then closed.
 */
export class Preview {
  readonly #child: ChildProcess;
  #output = "";
  #linksUsed = 0;

  private constructor(flags: readonly string[], folder: string) {
    // The alias `cargo xtask` works only in this project. This is the same in another folder.
    const machine = ["--target", "host-tuple", "--config", "target.'cfg(all())'.rustflags=['--cfg=xtask']"];
    const xtask = ["run", "--quiet", ...machine, "--manifest-path", join(PROJECT, "Cargo.toml"), "--package", "xtask", "--"];
    this.#child = spawn("cargo", [...xtask, "preview", "--no-open", "--until-stdin-closes", ...flags], { cwd: folder, stdio: "pipe" });
    this.#child.stdin?.on("error", () => {});
    for (const pipe of [this.#child.stdout, this.#child.stderr]) {
      pipe?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    }
  }

  /** Starts a preview of the project in `folder`, which builds what has changed, and waits until it serves the UI. */
  static async start(flags: readonly string[] = [], folder = PROJECT): Promise<Preview> {
    const preview = new Preview(flags, folder);
    const spawned = once(preview.#child, "spawn");
    await spawned;
    await preview.#until(() => preview.#links().length > 0, "print its address", START_MS);
    return preview;
  }

  /** The process ID of cargo. All processes of the preview are its descendants. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything printed so far, on standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  /** Returns an unused link. The preview prints the first one when it starts, and another one when Enter is pressed. */
  async link(): Promise<string> {
    if (this.#linksUsed > 0) this.#child.stdin?.write("\n");
    await this.#until(() => this.#links().length > this.#linksUsed, "print a new link", ANSWER_MS);
    const links = this.#links();
    this.#linksUsed = links.length;
    return links.at(-1) ?? "";
  }

  /** `http://NAME.localhost:PORT`. */
  async origin(): Promise<string> {
    return new URL(this.#links()[0] ?? (await this.link())).origin;
  }

  /** Waits until the output contains `words`. */
  shows(words: string | RegExp, milliseconds = ANSWER_MS): Promise<void> {
    const shown = () => (typeof words === "string" ? this.#output.includes(words) : words.test(this.#output));
    return this.#until(shown, `show ${words}`, milliseconds);
  }

  /** Stops the preview, and waits until it has exited. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.stdin?.end();
    const timeout = setTimeout(() => this.#child.kill("SIGKILL"), ANSWER_MS);
    await exit;
    clearTimeout(timeout);
  }

  /** All links printed so far, each once, even if it was printed on both outputs. */
  #links(): string[] {
    return [...new Set(this.#output.match(LINK))];
  }

  /** Waits until `done` returns true. `what` is for the error message. */
  async #until(done: () => boolean, what: string, milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds;
    while (!done()) {
      const exited = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (exited || Date.now() > end) {
        throw new Error(`cargo xtask preview did not ${what}; its output was:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
