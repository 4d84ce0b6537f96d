/**
 * The name of the host binary, as metadata.json lists it. Without `.exe`: the same name works on
 * every host.
 */
export const BINARY = "system-report";
