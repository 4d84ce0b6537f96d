// How the desktops differ in what they make of exec. What each does is read from its source (Rancher Desktop's
// preload/extensions.ts, Podman Desktop's preload-docker-extension) or, for Docker Desktop, which is closed, from
// docker/extensions-sdk issue 212.

/** @type {Preview.Desktop} */
const DOCKER_DESKTOP = {
  name: "Docker Desktop",
  refuse() {},
  settle(answer) {
    const { killed, code, signal, cmd, stdout, stderr } = answer;
    if (code !== 0) throw { killed, code, signal, cmd, stdout, stderr };
    return { ...result(answer), killed };
  },
  failure: (error) => error,
  streamed: (message) => message,
  losesLastLine: false,
};

/** Resolves whatever the exit code, and checks types before it returns a promise. @type {Preview.Desktop} */
const RANCHER_DESKTOP = {
  name: "Rancher Desktop",
  refuse(error) {
    throw error;
  },
  settle: result,
  failure: (error) => error,
  streamed: (message) => message,
  losesLastLine: true,
};

/** Rejects without the exit code, and passes neither folder nor environment on to a stream. @type {Preview.Desktop} */
const PODMAN_DESKTOP = {
  name: "Podman Desktop",
  refuse() {},
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

/** Splits text into lines as Rancher Desktop does: what follows the last newline is never given out. */
class LineSplitter {
  #rest = "";

  /**
   * @param {string} text
   * @returns {string[]} the lines that are complete with it
   */
  push(text) {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
