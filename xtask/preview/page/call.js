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
  const broken = [cmd, ...args].find((word) => !word.isWellFormed());
  if (broken !== undefined) return notText(broken);
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
  if (cwd !== undefined && !cwd.isWellFormed()) return notText(cwd);
  if (stream !== undefined && !isObject(stream)) return wrongType("options.stream", "an object", stream);
  if (env === undefined) return null;
  if (!isObject(env)) return wrongType("options.env", "an object", env);
  const wrong = Object.entries(env).find(([, value]) => value !== undefined && typeof value !== "string");
  if (wrong) return wrongType(`options.env.${wrong[0]}`, "a string", wrong[1]);
  const broken = Object.entries(env).flat().find((word) => word !== undefined && !word.isWellFormed());
  return broken === undefined ? null : notText(broken);
}

/**
 * What is wrong with the options of a list, if anything.
 * @param {unknown} options
 * @returns {TypeError | null}
 */
function badListOptions(options) {
  return isObject(options) ? null : new TypeError(`options must be an object, not ${kind(options)}`);
}

/**
 * @param {unknown} value
 * @returns {value is object} and no array
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
 * Half of a character that JavaScript keeps as two: no system has an argument for it.
 * @param {string} word
 */
function notText(word) {
  return new TypeError(`exec: ${JSON.stringify(word)} holds half a character, which cannot be sent`);
}
