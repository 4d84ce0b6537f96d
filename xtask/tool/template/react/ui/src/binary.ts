/**
 * The name of the host binary, as listed in metadata.json but without `.exe`: the same name works on
 * every host.
 */
export const BINARY = "@BIN@";
