// How the desktops differ. Rancher Desktop and Podman Desktop are described by their sources: docs/preview.md names the
// versions. Docker Desktop is closed source; docker/extensions-sdk issue 212 describes its exec.

/** @type {Preview.Desktop} */
const DOCKER_DESKTOP = {
  name: "Docker Desktop",
  rejectBadCall() {},
  message: (message) => message,
  settle(answer) {
    const { killed, code, signal, cmd, stdout, stderr } = answer;
    if (code !== 0) throw { killed, code, signal, cmd, stdout, stderr };
    return { ...result(answer), killed };
  },
  failure: (error) => error,
  splitsHere: [],
  lineBreak: /\r?\n/,
  ended(stream, code) {
    // A program that was ended by a signal has no code, but the API promises a number.
    stream.onClose?.(code ?? -1);
  },
  failed: (stream, error) => stream.onError?.(error),
  endsPrograms: true,
  opensAnyAddress: false,
};

/**
 * Checks types before it returns a promise, strips outer quotes, and rejects with what it would otherwise resolve to.
 * @type {Preview.Desktop}
 */
const RANCHER_DESKTOP = {
  name: "Rancher Desktop",
  rejectBadCall(error) {
    throw error;
  },
  message: (message) => ({ ...message, args: message.args.map((arg) => arg.replace(/^(["'])(.*)\1$/, "$2")) }),
  settle(answer) {
    const settled = result(answer);
    if (answer.code !== 0) throw settled;
    return settled;
  },
  failure: (error) => error,
  splitsHere: ["stdout", "stderr"],
  lineBreak: /\r?\n/,
  ended(stream, code, signal) {
    if (code === null) stream.onError?.(signal ?? new Error("the program ended with neither a code nor a signal"));
    else stream.onClose?.(code);
  },
  failed: (stream, error) => stream.onError?.(error),
  endsPrograms: true,
  opensAnyAddress: true,
};

/** The code with which a program ends there that did not start: what Node.js reports for a missing file. */
const NOT_STARTED = -2;

/** Rejects without the exit code, ignores folder and environment, and cannot end a program. @type {Preview.Desktop} */
const PODMAN_DESKTOP = {
  name: "Podman Desktop",
  rejectBadCall() {},
  message: ({ cmd, args }) => ({ cmd, args }),
  settle(answer) {
    // It takes the missing code of a program that was ended by a signal for success.
    const code = answer.code ?? 0;
    if (code !== 0) throw podmanFailure(answer.stdout, answer.stderr);
    return result({ ...answer, code, signal: null });
  },
  failure: (error) => podmanFailure("", error.message),
  splitsHere: ["stdout"],
  lineBreak: /\n/,
  ended(stream, code) {
    stream.onClose?.(/** @type {number} */ (code));
  },
  failed(stream, error) {
    stream.onError?.(error);
    stream.onClose?.(NOT_STARTED);
  },
  endsPrograms: false,
  opensAnyAddress: true,
};

const DESKTOPS = { docker: DOCKER_DESKTOP, rancher: RANCHER_DESKTOP, podman: PODMAN_DESKTOP };

/**
 * @param {Preview.Answer} answer
 * @returns {import("@docker/extension-api-client-types").v1.ExecResult}
 */
function result({ cmd, code, signal, stdout, stderr }) {
  const lines = () => stdout.split(/\r?\n/);
  return {
    cmd,
    ...(code !== null && { code }),
    ...(signal !== null && { signal }),
    stdout,
    stderr,
    lines,
    parseJsonLines: () => lines().filter((line) => line !== "").map((line) => JSON.parse(line)),
    parseJsonObject: () => JSON.parse(stdout),
  };
}

/**
 * @param {string} stdout
 * @param {string} stderr
 */
function podmanFailure(stdout, stderr) {
  return { stdout, stderr, toString: () => stderr };
}

/** Splits text into lines as Rancher Desktop and Podman Desktop do: what follows the last newline is lost. */
class LineSplitter {
  #rest = "";
  #lineBreak;

  /** @param {RegExp} lineBreak */
  constructor(lineBreak) {
    this.#lineBreak = lineBreak;
  }

  /**
   * @param {string} text
   * @returns {string[]} the lines that are complete now
   */
  push(text) {
    const lines = (this.#rest + text).split(this.#lineBreak);
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
