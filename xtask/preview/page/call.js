// What exec takes. The types of Docker's client say so, but a page may be plain JavaScript.

/**
 * What is wrong with the arguments of exec, if anything.
 * @param {unknown} cmd
 * @param {unknown} args
 * @param {any} options
 * @returns {TypeError | null}
 */
function badCall(cmd, args, options) {
  if (typeof cmd !== "string") return wrongType("cmd", "a string", cmd);
  if (!Array.isArray(args)) return wrongType("args", "an array of strings", args);
  const index = args.findIndex((arg) => typeof arg !== "string");
  if (index >= 0) return wrongType(`args[${index}]`, "a string", args[index]);
  if (options === undefined || options === null) return null;
  if (typeof options !== "object") return wrongType("options", "an object", options);
  return badOptions(options);
}

/**
 * @param {{ cwd?: unknown, env?: unknown, stream?: unknown }} options
 * @returns {TypeError | null}
 */
function badOptions({ cwd, env, stream }) {
  if (cwd !== undefined && typeof cwd !== "string") return wrongType("options.cwd", "a string", cwd);
  if (stream !== undefined && !isObject(stream)) return wrongType("options.stream", "an object", stream);
  if (env === undefined) return null;
  if (!isObject(env)) return wrongType("options.env", "an object", env);
  const wrong = Object.entries(env).find(([, value]) => value !== undefined && typeof value !== "string");
  return wrong ? wrongType(`options.env.${wrong[0]}`, "a string", wrong[1]) : null;
}

/**
 * @param {unknown} value
 * @returns {value is object}
 */
function isObject(value) {
  return typeof value === "object" && value !== null;
}

/**
 * @param {string} name
 * @param {string} expected
 * @param {unknown} value
 */
function wrongType(name, expected, value) {
  const given = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  return new TypeError(`exec: ${name} must be ${expected}, not ${given}`);
}
