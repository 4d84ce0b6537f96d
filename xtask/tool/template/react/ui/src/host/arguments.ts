import { HostFailure } from "./failure";

const SAFE_ARGUMENT = /^[A-Za-z0-9_./:=@-]+$/;

/**
 * Rejects arguments that may reach the host binary in a different form on some hosts.
 *
 * A plain call seems to join the arguments and split them again, while a streamed call does not
 * (docker/extensions-sdk issues 212 and 303). So spaces, quotes, `$` and JSON arrive differently in the two.
 *
 * @throws HostFailure of kind `arguments`.
 */
export function checkArguments(args: readonly string[]): void {
  for (const arg of args) {
    if (!SAFE_ARGUMENT.test(arg)) {
      throw new HostFailure(
        "arguments",
        `the argument ${JSON.stringify(arg)} contains characters that may not reach the host binary unchanged; encode it as base64url`,
      );
    }
  }
}
