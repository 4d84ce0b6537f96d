import { checkArguments } from "./arguments";
import { failureFromThrown, failureInAnswer, HostFailure } from "./failure";
import type { HostCli } from "./find";

/**
 * Runs a host binary to its end and gives its stdout.
 *
 * @throws HostFailure, whichever way the host reports a failure.
 */
export async function run(cli: HostCli, binary: string, args: string[]): Promise<string> {
  checkArguments(args);
  // `await` inside `try` catches what exec throws before it returns a promise, too.
  try {
    const answer = await cli.exec(binary, args);
    const failure = failureInAnswer(binary, answer);
    if (failure) throw failure;
    if (typeof answer.stdout !== "string") {
      throw new HostFailure("output", `the host gave no output of ${binary}`);
    }
    return answer.stdout;
  } catch (thrown) {
    throw failureFromThrown(binary, thrown);
  }
}
