// Checks the arguments of exec. Docker's types describe them, but a UI may be written in plain JavaScript.

/**
 * The error if the arguments of exec are invalid.
 * @param {unknown} cmd
 * @param {unknown} args
 * @param {any} options
 * @returns {TypeError | null}
 */
function callError(cmd, args, options) {
  if (typeof cmd !== "string") return wrongType("cmd", "a string", cmd);
  if (!Array.isArray(args)) return wrongType("args", "an array of strings", args);
  const index = args.findIndex((arg) => typeof arg !== "string");
  if (index >= 0) return wrongType(`args[${index}]`, "a string", args[index]);
  const malformed = [cmd, ...args].find((word) => !word.isWellFormed());
  if (malformed !== undefined) return loneSurrogate(malformed);
  if (options === undefined || options === null) return null;
  if (typeof options !== "object") return wrongType("options", "an object", options);
  return optionsError(options);
}

/**
 * @param {{ cwd?: unknown, env?: unknown, stream?: unknown }} options
 * @returns {TypeError | null}
 */
function optionsError({ cwd, env, stream }) {
  if (cwd !== undefined && typeof cwd !== "string") return wrongType("options.cwd", "a string", cwd);
  if (cwd !== undefined && !cwd.isWellFormed()) return loneSurrogate(cwd);
  if (stream !== undefined && !isObject(stream)) return wrongType("options.stream", "an object", stream);
  if (env === undefined) return null;
  if (!isObject(env)) return wrongType("options.env", "an object", env);
  const wrong = Object.entries(env).find(([, value]) => value !== undefined && typeof value !== "string");
  if (wrong) return wrongType(`options.env.${wrong[0]}`, "a string", wrong[1]);
  const malformed = Object.entries(env).flat().find((word) => word !== undefined && !word.isWellFormed());
  return malformed === undefined ? null : loneSurrogate(malformed);
}

/**
 * The error if the options of a list are invalid.
 * @param {unknown} options
 * @returns {TypeError | null}
 */
function listOptionsError(options) {
  return isObject(options) ? null : new TypeError(`options must be an object, not ${kind(options)}`);
}

/**
 * @param {unknown} value
 * @returns {value is object} true if it is an object, but not an array
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {string} name
 * @param {string} expected
 * @param {unknown} value
 */
function wrongType(name, expected, value) {
  return new TypeError(`exec: ${name} must be ${expected}, not ${kind(value)}`);
}

/** @param {unknown} value */
function kind(value) {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}

/**
 * JavaScript strings can contain half a surrogate pair, which no command line can.
 * @param {string} word
 */
function loneSurrogate(word) {
  return new TypeError(`exec: ${JSON.stringify(word)} contains half a surrogate pair, which cannot be sent`);
}
