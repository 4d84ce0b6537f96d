import { HostFailure } from "../host/failure";

/**
 * Checks that a parsed JSON value has the type `T`, and returns it.
 * `path` says where the value is, for the error message: `disks[0].name`, or "" for the whole value.
 */
export type Reader<T> = (value: unknown, path: string) => T;

class ShapeError extends Error {}

function fail(path: string, expected: string, value: unknown): never {
  const found = value === undefined ? "but it is missing" : `found ${JSON.stringify(value).slice(0, 40)}`;
  throw new ShapeError(`${path || "the JSON"} should be ${expected}, ${found}`);
}

export const string: Reader<string> = (value, path) =>
  typeof value === "string" ? value : fail(path, "a string", value);

export const boolean: Reader<boolean> = (value, path) =>
  typeof value === "boolean" ? value : fail(path, "a boolean", value);

/** A number of at least 0. JSON cannot represent NaN and the infinities. */
export const nonNegative: Reader<number> = (value, path) =>
  typeof value === "number" && value >= 0 ? value : fail(path, "a non-negative number", value);

export function literal<const T>(expected: T): Reader<T> {
  return (value, path) => (value === expected ? expected : fail(path, JSON.stringify(expected), value));
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === null ? null : reader(value, path));
}

export function array<T>(reader: Reader<T>): Reader<T[]> {
  return (value, path) =>
    Array.isArray(value) ? value.map((item, i) => reader(item, `${path}[${i}]`)) : fail(path, "an array", value);
}

/** An object with these fields. Others are ignored, so that a newer binary may add some. */
export function object<T extends object>(fields: { [K in keyof T]: Reader<T[K]> }): Reader<T> {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return fail(path, "an object", value);
    }
    const found: Record<string, unknown> = { ...value };
    const read = {} as T;
    for (const key in fields) {
      read[key] = fields[key](found[key], path ? `${path}.${key}` : key);
    }
    return read;
  };
}

/**
 * Parses JSON that a host binary printed.
 *
 * @throws HostFailure of kind `output`, which names the first field that is wrong.
 */
export function readJson<T>(json: string, reader: Reader<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    const start = json.trim().slice(0, 60);
    throw new HostFailure("output", `expected JSON, ${start ? `found ${JSON.stringify(start)}` : "but there was no output"}`);
  }
  return readValue(value, reader);
}

/**
 * Checks a value that was parsed already.
 *
 * @throws HostFailure of kind `output`, which names the first field that is wrong.
 */
export function readValue<T>(value: unknown, reader: Reader<T>): T {
  try {
    return reader(value, "");
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new HostFailure("output", `unexpected output: ${error.message}`);
  }
}
