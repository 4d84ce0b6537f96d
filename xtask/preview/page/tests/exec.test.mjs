import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeConnection, load, settled } from "./load.mjs";

const { makeExec, DESKTOPS } = load(["makeExec", "DESKTOPS"]);

function begin(desktop = "docker") {
  const connection = new FakeConnection();
  return { connection, exec: makeExec(connection, DESKTOPS[desktop], "host") };
}

/** The outcome of a plain exec: `{ resolved }` or `{ rejected }`. */
async function outcome(desktop, answer) {
  const { connection, exec } = begin(desktop);
  const promise = exec("tool", []);
  if (answer instanceof Error) connection.calls[0].failed(answer);
  else connection.calls[0].result(answer);
  return promise.then((resolved) => ({ resolved }), (rejected) => ({ rejected }));
}

const GOOD = { code: 0, signal: null, killed: false, cmd: "tool", stdout: '{"a":1}\n{"a":2}\n', stderr: "w" };
const BAD = { ...GOOD, code: 7, stdout: "", stderr: "broken" };
const KILLED = { ...BAD, code: null, signal: "SIGKILL", killed: true };

test("a plain exec sends its arguments and options", () => {
  const { connection, exec } = begin();
  exec("tool", ["--x", "1"], { cwd: "/tmp", env: { A: "b", GONE: undefined } });
  assert.deepEqual(JSON.parse(JSON.stringify(connection.requests)), [
    { op: "exec", cli: "host", cmd: "tool", args: ["--x", "1"], cwd: "/tmp", env: { A: "b" } },
  ]);
});

for (const desktop of Object.keys(DESKTOPS)) {
  test(`a successful program resolves with its output (${desktop})`, async () => {
    const { resolved } = await outcome(desktop, GOOD);
    assert.equal(resolved.stdout, GOOD.stdout);
    assert.equal(resolved.stderr, "w");
    assert.equal(resolved.code, 0);
    assert.equal("signal" in resolved, false);
    assert.deepEqual(resolved.parseJsonLines(), [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(resolved.lines().slice(0, 2), ['{"a":1}', '{"a":2}']);
    assert.throws(() => resolved.parseJsonObject(), SyntaxError);
  });
}

test("Docker Desktop rejects with code and output", async () => {
  assert.deepEqual(await outcome("docker", BAD), { rejected: BAD });
  assert.deepEqual(await outcome("docker", KILLED), { rejected: KILLED });
});

test("Rancher Desktop rejects with the whole result", async () => {
  const { rejected } = await outcome("rancher", { ...BAD, stdout: "a\nb" });
  assert.deepEqual([rejected.cmd, rejected.code, rejected.stdout, rejected.stderr], ["tool", 7, "a\nb", "broken"]);
  assert.deepEqual(rejected.lines(), ["a", "b"]);
  assert.equal(typeof rejected.parseJsonLines, "function");
  const killed = (await outcome("rancher", KILLED)).rejected;
  assert.deepEqual([killed.signal, killed.code], ["SIGKILL", undefined]);
});

test("Rancher Desktop strips outer quotes of arguments", () => {
  const { connection, exec } = begin("rancher");
  const args = ['"{{ json . }}"', "'a b'", '"a\'', "a\"b\"", '""', "plain", "\"'x'\""];
  exec("tool", args);
  exec("tool", args, { stream: {} });
  const stripped = ["{{ json . }}", "a b", '"a\'', "a\"b\"", "", "plain", "'x'"];
  assert.deepEqual(connection.requests.map((request) => request.args), [stripped, stripped]);
  assert.equal(args[0], '"{{ json . }}"');
});

test("Podman Desktop rejects without a code", async () => {
  const { rejected } = await outcome("podman", BAD);
  assert.deepEqual([rejected.stdout, rejected.stderr, String(rejected)], ["", "broken", "broken"]);
  assert.equal("code" in rejected, false);
});

test("Podman Desktop takes a program that was killed for a successful one", async () => {
  const { resolved } = await outcome("podman", KILLED);
  assert.deepEqual([resolved.code, "signal" in resolved, resolved.stderr], [0, false, "broken"]);
});

test("a program that cannot run rejects with the reason", async () => {
  const error = new Error("tool is not listed");
  assert.equal((await outcome("docker", error)).rejected, error);
  assert.equal((await outcome("rancher", error)).rejected, error);
  assert.equal(String((await outcome("podman", error)).rejected), "tool is not listed");
});

const INVALID_CALLS = [
  [[undefined, []], /cmd must be a string, not undefined/],
  [["tool"], /args must be an array of strings, not undefined/],
  [["tool", "--x"], /args must be an array/],
  [["tool", ["a", 1]], /args\[1\] must be a string, not number/],
  [["tool", [], { cwd: 1 }], /options\.cwd must be a string/],
  [["tool", [], { env: "A=b" }], /options\.env must be an object/],
  [["tool", [], { env: { A: 1 } }], /options\.env\.A must be a string/],
  [["tool", [], { env: [] }], /options\.env must be an object, not an array/],
  [["tool", ["fine", "\ud800"]], /"\\ud800" contains half a surrogate pair/],
  [["tool", [], { cwd: "\udc00" }], /half a surrogate pair/],
  [["tool", [], { env: { A: "\ud800" } }], /half a surrogate pair/],
  [["tool", [], { env: null }], /options\.env must be an object, not null/],
];

for (const [call, message] of INVALID_CALLS) {
  test(`an invalid call fails as in each desktop: ${message}`, async () => {
    const docker = begin();
    await assert.rejects(docker.exec(...call), { name: "TypeError", message });
    assert.deepEqual(docker.connection.requests, []);
    assert.throws(() => begin("rancher").exec(...call), { name: "TypeError", message });
    await assert.rejects(begin("podman").exec(...call), ({ stderr }) => message.test(stderr));
  });
}

test("an invalid streamed call calls onError, after exec has returned", async () => {
  const errors = [];
  const process = begin().exec("tool", [1], { stream: { onError: (error) => errors.push(error) } });
  assert.deepEqual(errors, []);
  process.close();
  await settled();
  assert.match(errors[0].message, /args\[0\]/);
});

function stream(desktop, splitOutputLines, options = {}) {
  const { connection, exec } = begin(desktop);
  const received = [];
  const record = (name) => (value) => received.push([name, value]);
  const handlers = { onOutput: record("out"), onError: record("error"), onClose: record("close") };
  const process = exec("tool", ["--watch"], { ...options, stream: { ...handlers, splitOutputLines } });
  return { process, received, connection, request: connection.requests[0], call: connection.calls[0] };
}

test("a stream passes on output and exit code, and can be closed", () => {
  const { process, received, connection, request, call } = stream("docker", true, { cwd: "/tmp", env: { A: "b" } });
  assert.deepEqual(request, { op: "stream", cli: "host", cmd: "tool", args: ["--watch"], cwd: "/tmp", env: { A: "b" }, lines: true });
  call.out({ stdout: "one" });
  call.out({ stderr: "two" });
  call.close(3);
  call.failed(new Error("lost"));
  assert.deepEqual(received.map(([name]) => name), ["out", "out", "close", "error"]);
  process.close();
  assert.deepEqual(connection.cancelled, [1]);
});

test("the handlers of a stream are optional", () => {
  const { connection, exec } = begin();
  exec("tool", [], { stream: {} });
  const [call] = connection.calls;
  call.out({ stdout: "one" });
  call.close(0);
  call.failed(new Error("lost"));
  assert.equal(connection.requests[0].lines, false);
});

test("Rancher Desktop loses the last line without a newline", () => {
  const { received, request, call } = stream("rancher", true);
  assert.equal(request.lines, false);
  call.out({ stdout: "on" });
  call.out({ stderr: "w\r\n" });
  call.out({ stdout: "e\ntwo\n\nlast" });
  call.close(0);
  assert.deepEqual(received, [
    ["out", { stderr: "w" }],
    ["out", { stdout: "one" }],
    ["out", { stdout: "two" }],
    ["out", { stdout: "" }],
    ["close", 0],
  ]);
});

test("Podman Desktop ignores folder and environment", () => {
  const { request } = stream("podman", true, { cwd: "/tmp", env: { A: "b" } });
  assert.deepEqual(request, { op: "stream", cli: "host", cmd: "tool", args: ["--watch"], lines: false });
  const { connection, exec } = begin("podman");
  exec("tool", ["a"], { cwd: "/tmp", env: { A: "b" } });
  assert.deepEqual(connection.requests, [{ op: "exec", cli: "host", cmd: "tool", args: ["a"] }]);
});

test("Podman Desktop loses the last line without a newline, and does not split stderr", () => {
  const { received, call } = stream("podman", true);
  call.out({ stdout: "on" });
  call.out({ stderr: "w\nx" });
  call.out({ stdout: "e\r\nlast" });
  call.close(0);
  assert.deepEqual(received, [["out", { stderr: "w\nx" }], ["out", { stdout: "one\r" }], ["close", 0]]);
});

/** What the handlers receive when the server reports this. */
function ending(desktop, report) {
  const { received, call } = stream(desktop, false);
  report(call);
  return received;
}

test("each desktop reports a signal in its own way", () => {
  const killed = (call) => call.close(null, "SIGKILL");
  assert.deepEqual(ending("docker", killed), [["close", -1]]);
  assert.deepEqual(ending("rancher", killed), [["error", "SIGKILL"]]);
  assert.deepEqual(ending("podman", killed), [["close", null]]);
});

test("each desktop reports a program that does not start in its own way", () => {
  const error = new Error("not found");
  const failed = (call) => call.failed(error);
  assert.deepEqual(ending("docker", failed), [["error", error]]);
  assert.deepEqual(ending("rancher", failed), [["error", error]]);
  assert.deepEqual(ending("podman", failed), [["error", error], ["close", -2]]);
});

test("close does nothing in Podman Desktop", () => {
  const { process, received, connection, call } = stream("podman", false);
  process.close();
  assert.deepEqual(connection.cancelled, []);
  call.out({ stdout: "more" });
  assert.deepEqual(received, [["out", { stdout: "more" }]]);
});
