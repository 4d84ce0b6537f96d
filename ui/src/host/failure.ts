/**
 * Why a call of the host binary gave nothing to show:
 * `arguments` refused before the call, `start` never ran, `exit` ran and failed,
 * `output` ran and printed something else than agreed.
 */
export type FailureKind = "arguments" | "start" | "exit" | "output";

/** The one shape into which every host's way of failing is brought. */
export class HostFailure extends Error {
  override readonly name = "HostFailure";

  constructor(
    readonly kind: FailureKind,
    message: string,
    /** What the binary wrote on stderr, or nothing. */
    readonly stderr = "",
  ) {
    super(message);
  }
}

interface Ended {
  readonly code?: unknown;
  readonly signal?: unknown;
  readonly killed?: unknown;
  readonly stderr?: unknown;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** How a process ended, or null when nothing speaks against success. */
function ending({ code, signal, killed }: Ended): string | null {
  if (typeof signal === "string" && signal !== "") return `was ended by ${signal}`;
  if (killed === true) return "was killed";
  if (typeof code === "number" && code !== 0) return `ended with exit code ${code}`;
  return null;
}

function stderrOf(answer: Ended): string {
  return typeof answer.stderr === "string" ? answer.stderr.trim() : "";
}

/**
 * How a shell ends when its program is of another kind or not executable (126), or not there (127).
 * Docker Desktop runs plain calls through one: "Bad CPU type in executable" comes with 126.
 */
const NOT_STARTED: unknown[] = [126, 127];

/**
 * The failure in an answer that a host resolved with, or null. Rancher Desktop resolves
 * whatever the exit code. Text on stderr alone is no failure: warnings go there too.
 */
export function failureInAnswer(binary: string, answer: Ended): HostFailure | null {
  const how = ending(answer);
  if (!how) return null;
  return NOT_STARTED.includes(answer.code)
    ? new HostFailure("start", `${binary} could not be run: exit code ${answer.code}`, stderrOf(answer))
    : new HostFailure("exit", `${binary} ${how}`, stderrOf(answer));
}

/**
 * The failure in what a host rejected or threw with. Docker Desktop rejects with
 * `{code, signal, killed, stdout, stderr}`, Podman Desktop with `{stdout, stderr, toString}` and
 * no code; a bad call throws a TypeError; a binary that is missing gives an Error or a text code.
 */
export function failureFromThrown(binary: string, thrown: unknown): HostFailure {
  if (thrown instanceof HostFailure) return thrown;
  if (!isObject(thrown)) {
    return new HostFailure("start", `${binary} could not be run: ${String(thrown)}`);
  }
  const answer: Ended = thrown;
  if (typeof answer.code === "string") {
    return new HostFailure("start", `${binary} could not be run: ${answer.code}`, stderrOf(answer));
  }
  const known = failureInAnswer(binary, answer);
  if (known) return known;
  if ("stdout" in thrown || "stderr" in thrown) {
    return new HostFailure("exit", `${binary} failed`, stderrOf(answer) || textOf(thrown));
  }
  return new HostFailure("start", `${binary} could not be run: ${textOf(thrown) || "no reason given"}`);
}

/** The words of an error of unknown class, and none for the useless default text of an object. */
function textOf(thrown: object): string {
  if ("message" in thrown && typeof thrown.message === "string") return thrown.message;
  const text = String(thrown);
  return text.startsWith("[object ") ? "" : text;
}
