/**
 * Why a call to the host binary failed:
 *
 * - `arguments`: they were rejected before the call;
 * - `start`: the host binary could not be started;
 * - `exit`: it ran and failed;
 * - `output`: it ran, but its output was not as expected.
 */
export type FailureKind = "arguments" | "start" | "exit" | "output";

/** A failed call to a host binary. Each host reports failures in its own way, and all of them are converted to this class. */
export class HostFailure extends Error {
  override readonly name = "HostFailure";

  constructor(
    readonly kind: FailureKind,
    message: string,
    /** What the host binary wrote to stderr; may be empty. */
    readonly stderr = "",
  ) {
    super(message);
  }
}

/** The parts of a result that tell whether the call failed. Which of them are set depends on the host. */
interface Result {
  readonly code?: unknown;
  readonly signal?: unknown;
  readonly killed?: unknown;
  readonly stderr?: unknown;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Says how the process failed. Returns null if nothing indicates a failure. */
function describeExit({ code, signal, killed }: Result): string | null {
  if (typeof signal === "string" && signal !== "") return `was terminated by ${signal}`;
  if (killed === true) return "was killed";
  if (typeof code === "number" && code !== 0) return `exited with code ${code}`;
  return null;
}

function stderrOf({ stderr }: Result): string {
  return typeof stderr === "string" ? stderr.trim() : "";
}

/**
 * The exit codes of a shell that cannot execute a program (126) or cannot find it (127).
 * Docker Desktop runs plain calls through a shell: "Bad CPU type in executable" comes with code 126.
 */
const NOT_STARTED_CODES: unknown[] = [126, 127];

function cannotRun(binary: string, reason: string, stderr = ""): HostFailure {
  return new HostFailure("start", `cannot run ${binary}: ${reason}`, stderr);
}

/**
 * Returns the failure if a result represents one, otherwise null. Rancher Desktop resolves the
 * promise whatever the exit code is. Output on stderr alone is not a failure, because warnings go there too.
 */
export function failureFromResult(binary: string, result: Result): HostFailure | null {
  const exit = describeExit(result);
  if (!exit) return null;
  return NOT_STARTED_CODES.includes(result.code)
    ? cannotRun(binary, `exit code ${result.code}`, stderrOf(result))
    : new HostFailure("exit", `${binary} ${exit}`, stderrOf(result));
}

/**
 * Converts what a host threw, or rejected a promise with. Docker Desktop rejects with
 * `{code, signal, killed, stdout, stderr}`; Podman Desktop with `{stdout, stderr, toString}`, without a
 * code. An invalid call throws a TypeError. A missing binary gives an Error, or a code that is a string.
 */
export function failureFromThrown(binary: string, thrown: unknown): HostFailure {
  if (thrown instanceof HostFailure) return thrown;
  if (!isObject(thrown)) return cannotRun(binary, String(thrown));
  const result: Result = thrown;
  if (typeof result.code === "string") return cannotRun(binary, result.code, stderrOf(result));
  const failure = failureFromResult(binary, result);
  if (failure) return failure;
  if ("stdout" in thrown || "stderr" in thrown) {
    return new HostFailure("exit", `${binary} failed`, stderrOf(result) || messageOf(thrown));
  }
  return cannotRun(binary, messageOf(thrown) || "no reason given");
}

/** The message of whatever was thrown, or an empty string if that would be just "[object Object]". */
function messageOf(thrown: object): string {
  if ("message" in thrown && typeof thrown.message === "string") return thrown.message;
  const text = String(thrown);
  return text.startsWith("[object ") ? "" : text;
}
