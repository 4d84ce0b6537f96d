// How the desktops differ in exec. Rancher Desktop and Podman Desktop are described by their sources (preload/extensions.ts
// and preload-docker-extension). Docker Desktop is closed source; docker/extensions-sdk issue 212 describes it.

/** @type {Preview.Desktop} */
const DOCKER_DESKTOP = {
  name: "Docker Desktop",
  rejectBadCall() {},
  settle(answer) {
    const { killed, code, signal, cmd, stdout, stderr } = answer;
    if (code !== 0) throw { killed, code, signal, cmd, stdout, stderr };
    return { ...result(answer), killed };
  },
  failure: (error) => error,
  streamed: (message) => message,
  losesLastLine: false,
};

/** Resolves for every exit code, and checks types before it returns a promise. @type {Preview.Desktop} */
const RANCHER_DESKTOP = {
  name: "Rancher Desktop",
  rejectBadCall(error) {
    throw error;
  },
  settle: result,
  failure: (error) => error,
  streamed: (message) => message,
  losesLastLine: true,
};

/** Rejects without the exit code, and ignores folder and environment of a stream. @type {Preview.Desktop} */
const PODMAN_DESKTOP = {
  name: "Podman Desktop",
  rejectBadCall() {},
  settle(answer) {
    if (answer.code !== 0) throw podmanFailure(answer.stdout, answer.stderr);
    return result(answer);
  },
  failure: (error) => podmanFailure("", error.message),
  streamed: ({ cmd, args }) => ({ cmd, args }),
  losesLastLine: false,
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

/** Splits text into lines as Rancher Desktop does: what follows the last newline is lost. */
class LineSplitter {
  #rest = "";

  /**
   * @param {string} text
   * @returns {string[]} the lines that are complete now
   */
  push(text) {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
