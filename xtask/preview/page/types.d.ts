// What the parts of the page share. Only for `tsc`; nothing of it is served.

import type { v1 } from "@docker/extension-api-client-types";

declare global {
  // The types of Docker's client name it; a page has no Node around it.
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

    /** What the server tells of the extension and the machine. */
    interface Metadata {
      readonly image: string;
      readonly platform: string;
      readonly arch: string;
      readonly hostname: string;
      readonly desktop: "docker" | "rancher" | "podman";
      /** The binaries that metadata.json lists for this system. */
      readonly binaries: readonly string[];
      /** Whether metadata.json has a backend container. */
      readonly vm: boolean;
      /** Whether this machine has a docker command. */
      readonly docker: boolean;
    }

    /** How a program ended that was not streamed. */
    interface Answer {
      readonly code: number | null;
      readonly signal: string | null;
      readonly killed: boolean;
      readonly cmd: string;
      readonly stdout: string;
      readonly stderr: string;
    }

    type Output = { stdout: string; stderr?: undefined } | { stdout?: undefined; stderr: string };

    /** Whom an answer of the server goes to. Any of `result`, `value`, `close` and `failed` is the last. */
    interface Call {
      result?(answer: Answer): void;
      value?(value: unknown): void;
      out?(data: Output): void;
      close?(code: number): void;
      failed(error: Error): void;
    }

    type ExecMessage = {
      cmd: string;
      args: string[];
      cwd?: string | undefined;
      env?: NodeJS.ProcessEnv | undefined;
    };

    /** What one desktop does in its own way. */
    interface Desktop {
      readonly name: string;
      /** Throws what a bad call throws before exec returns, if anything. */
      refuse(error: TypeError): void;
      /** Returns what a plain exec resolves with, or throws what it rejects with. */
      settle(answer: Answer): v1.ExecResult;
      /** What a plain exec rejects with when nothing ran. */
      failure(error: Error): unknown;
      /** The request of a streamed exec, without what the desktop does not pass on. */
      streamed(message: ExecMessage): ExecMessage;
      /** Whether the page splits the lines, and so loses the last one without a newline. */
      readonly losesLastLine: boolean;
    }

    type NoticeKind = "success" | "info" | "warning" | "error";

    interface Notice {
      readonly kind: NoticeKind;
      readonly text: string;
      /** Shown as a link below the text. */
      readonly link?: string;
      /** Stays until dismissed. */
      readonly stays?: boolean;
    }
  }
}
