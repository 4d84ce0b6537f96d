// The name of the host binary, as listed in metadata.json but without `.exe`: the same name works on every host.
const BINARY = "@BIN@";

const output = document.querySelector("pre");

/** Runs the host binary. Docker Desktop sets `ddClient` before this script runs. */
async function run() {
  const cli = window.ddClient?.extension?.host?.cli;
  if (!cli) return "This page is not running in Docker Desktop. Try it with cargo xtask preview.";
  const { stdout } = await cli.exec(BINARY, []);
  return stdout;
}

@if backend@
/** Asks the backend in Docker's VM. Its container may still be starting, and then the call fails. */
async function ask() {
  const service = window.ddClient?.extension?.vm?.service;
  if (!service) return "There is no backend here.";
  const { message } = await service.get("/hello");
  return message;
}

document.querySelector("#ask").addEventListener("click", async () => {
  try {
    output.textContent = await ask();
  } catch (error) {
    output.textContent = `The backend did not answer: ${error.message ?? error}`;
  }
});

@end@
document.querySelector("button").addEventListener("click", async () => {
  try {
    output.textContent = await run();
  } catch (error) {
    // Docker Desktop rejects with the output and the exit code.
    output.textContent = error.stderr || error.message || `${BINARY} failed (exit code ${error.code})`;
  }
});
