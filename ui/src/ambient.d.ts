// Docker's types name NodeJS.ProcessEnv without depending on @types/node. The page is no Node
// program, so it declares the one type rather than all of Node's globals.
declare namespace NodeJS {
  interface ProcessEnv {
    [name: string]: string | undefined;
  }
}

interface Window {
  /** Set by Docker Desktop before the page's own script runs. */
  readonly ddClient?: unknown;
  /** The colours of Docker Desktop; @docker/docker-mui-theme has none of its own. */
  readonly __ddMuiV6Themes?: unknown;
}
