import { HostFailure } from "./failure";

const SAFE = /^[A-Za-z0-9_./:=@-]+$/;

/**
 * Refuses arguments that do not reach the binary unchanged on every host.
 *
 * A plain exec seems to join the arguments and split them again, a streamed one not
 * (docker/extensions-sdk issues 212 and 303), so spaces, quotes, `$` or JSON arrive differently.
 */
export function checkArguments(args: readonly string[]): void {
  for (const arg of args) {
    if (!SAFE.test(arg)) {
      throw new HostFailure(
        "arguments",
        `the argument ${JSON.stringify(arg)} holds characters that do not reach the binary unchanged; pass it as base64url`,
      );
    }
  }
}
