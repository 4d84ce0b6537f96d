// Plain and streamed exec for one kind of command: host binaries, docker, or the backend container.

/**
 * @param {Pick<Connection, "request" | "cancel">} connection
 * @param {Preview.Desktop} desktop
 * @param {"host" | "docker" | "vm"} cli
 * @returns {Preview.Exec}
 */
function makeExec(connection, desktop, cli) {
  /**
   * @param {string} cmd
   * @param {string[]} args
   * @param {Preview.ExecOptions} [options]
   * @returns {any}
   */
  function exec(cmd, args, options) {
    const error = callError(cmd, args, options);
    if (error) desktop.rejectBadCall(error);
    const { cwd, env, stream } = options ?? {};
    if (error) return stream ? failedStream(desktop, stream, error) : Promise.reject(desktop.failure(error));
    const message = desktop.message({ cmd, args, cwd, env });
    return stream ? start(message, stream) : run(message);
  }

  /** @param {Preview.ExecMessage} message */
  function run(message) {
    return new Promise((resolve, reject) => {
      connection.request({ op: "exec", cli, ...message }, {
        result(answer) {
          try {
            resolve(desktop.settle(answer));
          } catch (thrown) {
            reject(thrown);
          }
        },
        failed: (error) => reject(desktop.failure(error)),
      });
    });
  }

  /**
   * @param {Preview.ExecMessage} message
   * @param {Preview.Stream} stream
   */
  function start(message, stream) {
    const lines = stream.splitOutputLines === true;
    const splitsHere = lines && desktop.splitsHere.length > 0;
    const request = { op: "stream", cli, ...message, lines: lines && !splitsHere };
    const id = connection.request(request, {
      out: splitsHere ? inLines(stream, desktop) : (data) => stream.onOutput?.(data),
      close: (code, signal) => desktop.ended(stream, code, signal),
      failed: (error) => desktop.failed(stream, error),
    });
    return { close: () => desktop.endsPrograms && connection.cancel(id) };
  }

  return exec;
}

/**
 * A stream that never starts reports its error after exec has returned, as every other stream does.
 * @param {Preview.Desktop} desktop
 * @param {Preview.Stream} stream
 * @param {Error} error
 */
function failedStream(desktop, stream, error) {
  queueMicrotask(() => desktop.failed(stream, error));
  return { close() {} };
}

/**
 * @param {Preview.Stream} stream
 * @param {Preview.Desktop} desktop
 * @returns {(data: Preview.Output) => void}
 */
function inLines(stream, { splitsHere, lineBreak }) {
  const splitters = Object.fromEntries(splitsHere.map((pipe) => [pipe, new LineSplitter(lineBreak)]));
  return (data) => {
    const [pipe, text] = data.stdout === undefined ? ["stderr", data.stderr] : ["stdout", data.stdout];
    const pieces = splitters[pipe]?.push(text) ?? [text];
    for (const piece of pieces) stream.onOutput?.(/** @type {any} */ ({ [pipe]: piece }));
  };
}
