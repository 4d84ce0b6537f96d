import { Preview, START_MS } from "./preview";

/** Compiles the host binaries once before the tests, so that the time limit of a test does not include it. */
export default async function build(): Promise<void> {
  const preview = await Preview.start();
  // Nothing is compiled if every host binary is prebuilt. A compile error makes the tests fail later.
  const compiled = () => preview.shows(/Compiled|until they compile|are not built/, START_MS);
  await preview.shows(/Compiling/).then(compiled, () => {});
  await preview.stop();
}
