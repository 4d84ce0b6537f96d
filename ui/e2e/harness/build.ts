import { Preview, START_MS } from "./preview";

/** Builds once what every preview needs, so that the tests' time limits need not allow for it. */
export default async function build(): Promise<void> {
  const preview = await Preview.start();
  // Nothing is compiled where every program is somebody else's. What does not compile, the tests tell.
  const compiled = () => preview.shows(/Compiled|programs compile/, START_MS);
  await preview.shows(/Compiling/).then(compiled, () => {});
  await preview.stop();
}
