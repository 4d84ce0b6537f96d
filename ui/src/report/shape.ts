import { HostFailure } from "../host/failure";

/** Reads one value of a JSON text, or throws with the place where it differs. */
export type Reader<T> = (value: unknown, at: string) => T;

class ShapeError extends Error {}

function wrong(at: string, expected: string, value: unknown): never {
  const found = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 40);
  throw new ShapeError(`${at || "the output"} should be ${expected}, found ${found}`);
}

export const text: Reader<string> = (value, at) =>
  typeof value === "string" ? value : wrong(at, "a text", value);

export const flag: Reader<boolean> = (value, at) =>
  typeof value === "boolean" ? value : wrong(at, "true or false", value);

/** A number that is not negative; JSON holds no infinities. */
export const amount: Reader<number> = (value, at) =>
  typeof value === "number" && value >= 0 ? value : wrong(at, "a number from 0", value);

export function exactly<const T>(expected: T): Reader<T> {
  return (value, at) => (value === expected ? expected : wrong(at, JSON.stringify(expected), value));
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, at) => (value === null ? null : reader(value, at));
}

export function list<T>(reader: Reader<T>): Reader<T[]> {
  return (value, at) =>
    Array.isArray(value) ? value.map((item, i) => reader(item, `${at}[${i}]`)) : wrong(at, "a list", value);
}

/** An object with these fields; more are allowed, so that a newer binary can say more. */
export function object<T extends object>(fields: { [K in keyof T]: Reader<T[K]> }): Reader<T> {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return wrong(at, "an object", value);
    }
    const found: Record<string, unknown> = { ...value };
    const read = {} as T;
    for (const key in fields) {
      read[key] = fields[key](found[key], at ? `${at}.${key}` : key);
    }
    return read;
  };
}

/**
 * Reads a JSON text that a host binary printed.
 *
 * @throws HostFailure of kind `output`, naming the first field that differs.
 */
export function readJson<T>(json: string, reader: Reader<T>): T {
  try {
    return reader(JSON.parse(json), "");
  } catch (error) {
    if (error instanceof ShapeError) {
      throw new HostFailure("output", `unexpected report: ${error.message}`);
    }
    const begin = json.trim().slice(0, 60);
    throw new HostFailure("output", `expected JSON, found ${begin ? JSON.stringify(begin) : "nothing"}`);
  }
}
