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
    if (error) return stream ? failedStream(stream, error) : Promise.reject(desktop.failure(error));
    const message = { cmd, args, cwd, env };
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
    const splitsHere = lines && desktop.losesLastLine;
    const request = { op: "stream", cli, ...desktop.streamed(message), lines: lines && !splitsHere };
    const id = connection.request(request, {
      out: splitsHere ? inLines(stream) : (data) => stream.onOutput?.(data),
      close: (code) => stream.onClose?.(code),
      failed: (error) => stream.onError?.(error),
    });
    return { close: () => connection.cancel(id) };
  }

  return exec;
}

/**
 * A stream that never starts reports its error after exec has returned, as every other stream does.
 * @param {Preview.Stream} stream
 * @param {Error} error
 */
function failedStream(stream, error) {
  queueMicrotask(() => stream.onError?.(error));
  return { close() {} };
}

/**
 * @param {Preview.Stream} stream
 * @returns {(data: Preview.Output) => void}
 */
function inLines(stream) {
  const stdout = new LineSplitter();
  const stderr = new LineSplitter();
  return (data) => {
    if (data.stdout !== undefined) for (const line of stdout.push(data.stdout)) stream.onOutput?.({ stdout: line });
    else for (const line of stderr.push(data.stderr)) stream.onOutput?.({ stderr: line });
  };
}
