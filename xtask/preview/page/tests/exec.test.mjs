import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeConnection, load, settled } from "./load.mjs";

const { makeExec, DESKTOPS } = load(["makeExec", "DESKTOPS"]);

function begin(desktop = "docker") {
  const connection = new FakeConnection();
  return { connection, exec: makeExec(connection, DESKTOPS[desktop], "host") };
}

/** What a plain exec came to: `{ resolved }` or `{ rejected }`. */
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

test("a plain exec asks for what the page said", () => {
  const { connection, exec } = begin();
  exec("tool", ["--x", "1"], { cwd: "/tmp", env: { A: "b", GONE: undefined } });
  assert.deepEqual(JSON.parse(JSON.stringify(connection.asked)), [
    { op: "exec", cli: "host", cmd: "tool", args: ["--x", "1"], cwd: "/tmp", env: { A: "b" } },
  ]);
});

for (const desktop of Object.keys(DESKTOPS)) {
  test(`a program that ends well resolves with its output (${desktop})`, async () => {
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

test("Rancher Desktop resolves whatever the code", async () => {
  assert.equal((await outcome("rancher", BAD)).resolved.code, 7);
  const { resolved } = await outcome("rancher", KILLED);
  assert.deepEqual([resolved.signal, resolved.code], ["SIGKILL", undefined]);
});

test("Podman Desktop rejects without a code", async () => {
  const { rejected } = await outcome("podman", BAD);
  assert.deepEqual([rejected.stdout, rejected.stderr, String(rejected)], ["", "broken", "broken"]);
  assert.equal("code" in rejected, false);
});

test("a program that cannot be run rejects with the reason", async () => {
  const error = new Error("tool is not listed");
  assert.equal((await outcome("docker", error)).rejected, error);
  assert.equal((await outcome("rancher", error)).rejected, error);
  assert.equal(String((await outcome("podman", error)).rejected), "tool is not listed");
});

const WRONG = [
  [[undefined, []], /cmd must be a string, not undefined/],
  [["tool"], /args must be an array of strings, not undefined/],
  [["tool", "--x"], /args must be an array/],
  [["tool", ["a", 1]], /args\[1\] must be a string, not number/],
  [["tool", [], { cwd: 1 }], /options\.cwd must be a string/],
  [["tool", [], { env: "A=b" }], /options\.env must be an object/],
  [["tool", [], { env: { A: 1 } }], /options\.env\.A must be a string/],
  [["tool", [], { env: [] }], /options\.env must be an object, not an array/],
  [["tool", ["fine", "\ud800"]], /"\\ud800" holds half a character/],
  [["tool", [], { cwd: "\udc00" }], /half a character/],
  [["tool", [], { env: { A: "\ud800" } }], /half a character/],
  [["tool", [], { env: null }], /options\.env must be an object, not null/],
];

for (const [call, message] of WRONG) {
  test(`a bad call is answered in each desktop's way: ${message}`, async () => {
    const docker = begin();
    await assert.rejects(docker.exec(...call), { name: "TypeError", message });
    assert.deepEqual(docker.connection.asked, []);
    assert.throws(() => begin("rancher").exec(...call), { name: "TypeError", message });
    await assert.rejects(begin("podman").exec(...call), ({ stderr }) => message.test(stderr));
  });
}

test("a bad streamed call is told to onError, after exec has returned", async () => {
  const errors = [];
  const process = begin().exec("tool", [1], { stream: { onError: (error) => errors.push(error) } });
  assert.deepEqual(errors, []);
  process.close();
  await settled();
  assert.match(errors[0].message, /args\[0\]/);
});

function stream(desktop, splitOutputLines, options = {}) {
  const { connection, exec } = begin(desktop);
  const heard = [];
  const hear = (name) => (value) => heard.push([name, value]);
  const handlers = { onOutput: hear("out"), onError: hear("error"), onClose: hear("close") };
  const process = exec("tool", ["--watch"], { ...options, stream: { ...handlers, splitOutputLines } });
  return { process, heard, connection, asked: connection.asked[0], call: connection.calls[0] };
}

test("a stream gives output, the code, and can be closed", () => {
  const { process, heard, connection, asked, call } = stream("docker", true, { cwd: "/tmp", env: { A: "b" } });
  assert.deepEqual(asked, { op: "stream", cli: "host", cmd: "tool", args: ["--watch"], cwd: "/tmp", env: { A: "b" }, lines: true });
  call.out({ stdout: "one" });
  call.out({ stderr: "two" });
  call.close(3);
  call.failed(new Error("lost"));
  assert.deepEqual(heard.map(([name]) => name), ["out", "out", "close", "error"]);
  process.close();
  assert.deepEqual(connection.cancelled, [1]);
});

test("a stream needs no handlers", () => {
  const { connection, exec } = begin();
  exec("tool", [], { stream: {} });
  const [call] = connection.calls;
  call.out({ stdout: "one" });
  call.close(0);
  call.failed(new Error("lost"));
  assert.equal(connection.asked[0].lines, false);
});

test("Rancher Desktop loses the last line without a newline", () => {
  const { heard, asked, call } = stream("rancher", true);
  assert.equal(asked.lines, false);
  call.out({ stdout: "on" });
  call.out({ stderr: "w\r\n" });
  call.out({ stdout: "e\ntwo\n\nlast" });
  call.close(0);
  assert.deepEqual(heard, [
    ["out", { stderr: "w" }],
    ["out", { stdout: "one" }],
    ["out", { stdout: "two" }],
    ["out", { stdout: "" }],
    ["close", 0],
  ]);
});

test("Podman Desktop passes neither folder nor environment to a stream", () => {
  const { asked } = stream("podman", true, { cwd: "/tmp", env: { A: "b" } });
  assert.deepEqual(asked, { op: "stream", cli: "host", cmd: "tool", args: ["--watch"], lines: true });
});
