// Docker's types use NodeJS.ProcessEnv but do not depend on @types/node. The UI does not run in Node,
// so this file declares that one type instead of all of Node's globals.
declare namespace NodeJS {
  interface ProcessEnv {
    [name: string]: string | undefined;
  }
}

interface Window {
  /** Set by Docker Desktop before the UI's script runs. */
  readonly ddClient?: unknown;
  /** Docker Desktop's themes. @docker/docker-mui-theme contains no colours itself. */
  readonly __ddMuiV6Themes?: unknown;
}
