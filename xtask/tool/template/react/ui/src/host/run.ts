import { checkArguments } from "./arguments";
import { failureFromResult, failureFromThrown, HostFailure } from "./failure";
import type { HostCli } from "./find";

/**
 * Runs a host binary, waits for it to exit, and returns its stdout.
 *
 * @throws HostFailure for every failure, however the host reports it.
 */
export async function run(cli: HostCli, binary: string, args: string[]): Promise<string> {
  checkArguments(args);
  // This also catches an error that exec throws instead of returning a promise.
  try {
    const result = await cli.exec(binary, args);
    const failure = failureFromResult(binary, result);
    if (failure) throw failure;
    if (typeof result.stdout !== "string") {
      throw new HostFailure("output", `the host returned no output from ${binary}`);
    }
    return result.stdout;
  } catch (thrown) {
    throw failureFromThrown(binary, thrown);
  }
}
