/**
 * Why a call to the host binary failed:
 *
 * - `arguments`: they were rejected before the call;
 * - `missing`: the host found no host binary to start;
 * - `unusable`: the host binary exists, but the system cannot start it;
 * - `host`: the host did not run it, for a reason of its own;
 * - `exit`: it ran and failed;
 * - `killed`: it crashed, or something else ended it;
 * - `output`: it ran, but its output was not as expected.
 */
export type FailureKind = "arguments" | "missing" | "unusable" | "host" | "exit" | "killed" | "output";

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

/** From this exit code on, Windows reports a crash: the code is an NTSTATUS such as 0xc0000005, an access violation. */
const FIRST_CRASH_CODE = 0xc0000000;

/** Says how the process failed, and whether it exited by itself. Returns null if nothing indicates a failure. */
function describeExit({ code, signal, killed }: Result): [kind: "exit" | "killed", text: string] | null {
  if (typeof signal === "string" && signal !== "") return ["killed", `was ended by ${signal}`];
  if (killed === true) return ["killed", "was killed"];
  if (typeof code !== "number" || code === 0) return null;
  // No program exits with a negative code: it stands for a signal.
  if (code < 0) return ["killed", "crashed or was killed"];
  if (code >= FIRST_CRASH_CODE) return ["killed", `crashed with code 0x${code.toString(16)}`];
  return ["exit", `exited with code ${code}`];
}

function stderrOf({ stderr }: Result): string {
  return typeof stderr === "string" ? stderr.trim() : "";
}

/**
 * The exit codes of a shell that cannot execute a program, or cannot find it.
 * Docker Desktop runs plain calls through a shell: "Bad CPU type in executable" comes with code 126.
 */
const SHELL_CODES: ReadonlyMap<unknown, FailureKind> = new Map([[126, "unusable"], [127, "missing"]]);

/** How Node.js and the systems say that a program is not there, or is not for this system. */
const MISSING = /\bENOENT\b/;
const UNUSABLE = /\b(EACCES|EPERM|ENOEXEC|EBADARCH)\b|bad cpu type|exec format error/i;

function cannotRun(binary: string, reason: string, stderr = ""): HostFailure {
  const kind = MISSING.test(reason) ? "missing" : UNUSABLE.test(reason) ? "unusable" : "host";
  return new HostFailure(kind, `cannot run ${binary}: ${reason}`, stderr);
}

/**
 * Returns the failure if a result represents one, otherwise null. Output on stderr alone is not a failure, because warnings
 * go there too.
 */
export function failureFromResult(binary: string, result: Result): HostFailure | null {
  const exit = describeExit(result);
  if (!exit) return null;
  const notStarted = SHELL_CODES.get(result.code);
  const [kind, text] = exit;
  return notStarted
    ? new HostFailure(notStarted, `cannot run ${binary}: exit code ${result.code}`, stderrOf(result))
    : new HostFailure(kind, `${binary} ${text}`, stderrOf(result));
}

/**
 * Returns the failure if a stream has ended with one, otherwise null. `code` is the argument of `onClose`. Podman Desktop
 * passes null for a process that was ended by a signal.
 */
export function failureFromClose(binary: string, code: unknown, stderr: string): HostFailure | null {
  return failureFromResult(binary, { code, killed: typeof code !== "number", stderr });
}

/**
 * Converts what a host threw, rejected a promise with, or passed to `onError`. Docker Desktop rejects with
 * `{code, signal, killed, stdout, stderr}`, and Rancher Desktop with the same and the methods of a result; Podman Desktop with
 * `{stdout, stderr, toString}`, without a code. An invalid call throws a TypeError. A missing binary gives an Error, or a
 * code that is a string. For a streamed process that was ended by a signal, Rancher Desktop passes the name of the signal.
 */
export function failureFromThrown(binary: string, thrown: unknown): HostFailure {
  if (thrown instanceof HostFailure) return thrown;
  if (typeof thrown === "string" && /^SIG[A-Z0-9]+$/.test(thrown)) {
    return new HostFailure("killed", `${binary} was ended by ${thrown}`);
  }
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
