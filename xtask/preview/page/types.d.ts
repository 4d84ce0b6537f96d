// Types that the parts of the script share. Only for `tsc`; nothing of this file is served.

import type { v1 } from "@docker/extension-api-client-types";

declare global {
  // The types of Docker's client use this one. A page does not have the types of Node.js.
  namespace NodeJS {
    interface ProcessEnv {
      [name: string]: string | undefined;
    }
  }

  interface Window {
    readonly __preview: Preview.Metadata;
    ddClient: v1.DockerDesktopClient;
    __ddMuiV5Themes: unknown;
    __ddMuiV6Themes: unknown;
  }

  namespace Preview {
    type Client = v1.DockerDesktopClient;
    type Exec = v1.Exec;
    type ExecOptions = v1.ExecOptions & { stream?: v1.ExecStreamOptions };
    type Stream = v1.ExecStreamOptions;

    /** What the server says about the extension and the machine. */
    interface Metadata {
      readonly image: string;
      readonly platform: string;
      readonly arch: string;
      readonly hostname: string;
      readonly desktop: "docker" | "rancher" | "podman";
      /** The host binaries that metadata.json lists for this system. */
      readonly binaries: readonly string[];
      /** True if metadata.json has a backend container. */
      readonly vm: boolean;
      /** True if this machine has a docker command. */
      readonly docker: boolean;
    }

    /** The result of a plain exec. */
    interface Answer {
      readonly code: number | null;
      readonly signal: string | null;
      readonly killed: boolean;
      readonly cmd: string;
      readonly stdout: string;
      readonly stderr: string;
    }

    type Output = { stdout: string; stderr?: undefined } | { stdout?: undefined; stderr: string };

    /** The handlers for the answers to one call. Any of `result`, `value`, `close` and `failed` is called last. */
    interface Call {
      result?(answer: Answer): void;
      value?(value: unknown): void;
      out?(data: Output): void;
      close?(code: number | null, signal: string | null): void;
      failed(error: Error): void;
    }

    type ExecMessage = {
      cmd: string;
      args: string[];
      cwd?: string | undefined;
      env?: NodeJS.ProcessEnv | undefined;
    };

    /** How one desktop differs from the others. */
    interface Desktop {
      readonly name: string;
      /** Called for an invalid call, before exec returns. Throws if this desktop does. */
      rejectBadCall(error: TypeError): void;
      /** Returns the value that a plain exec resolves to, or throws what it rejects with. */
      settle(answer: Answer): v1.ExecResult;
      /** What a plain exec rejects with if nothing ran. */
      failure(error: Error): unknown;
      /** The command as this desktop runs it: with other arguments, or without options that it ignores. */
      message(message: ExecMessage): ExecMessage;
      /** The pipes that it splits into lines itself, which loses a last line without a newline. If empty, the server does. */
      readonly splitsHere: readonly ("stdout" | "stderr")[];
      /** What ends a line there. */
      readonly lineBreak: RegExp;
      /** Tells the handlers that a streamed program has ended. */
      ended(stream: Stream, code: number | null, signal: string | null): void;
      /** Tells the handlers that a streamed program did not start. */
      failed(stream: Stream, error: Error): void;
      /** True if closing a stream ends its program. */
      readonly endsPrograms: boolean;
      /** True if openExternal opens addresses of every scheme. */
      readonly opensAnyAddress: boolean;
    }

    type NoticeKind = "success" | "info" | "warning" | "error";

    interface Notice {
      readonly kind: NoticeKind;
      readonly text: string;
      /** An address to show as a link below the text. */
      readonly link?: string;
      /** The notice stays until it is dismissed. */
      readonly stays?: boolean;
    }
  }
}
