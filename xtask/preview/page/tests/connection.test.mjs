import assert from "node:assert/strict";
import { test } from "node:test";
import { load, settled } from "./load.mjs";

class FakeSocket {
  static OPEN = 1;
  readyState = FakeSocket.OPEN;
  sent = [];

  constructor(url) {
    this.url = url;
    FakeSocket.created.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  say(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  close() {
    this.readyState = 2;
  }
}

/** A connection, the hooks that it called, and the answers that its calls received. */
function begin(token = async () => "secret") {
  FakeSocket.created = [];
  const hooks = [];
  const { Connection } = load(["Connection"], { WebSocket: FakeSocket, location: { host: "127.0.0.1:1" } });
  const connection = new Connection(
    { token, forget: () => hooks.push("forget") },
    {
      open: () => hooks.push("open"),
      lost: (error) => hooks.push(error.name),
      warning: (text) => hooks.push(text),
      reload: () => hooks.push("reload"),
    },
  );
  const received = [];
  const call = Object.fromEntries(
    ["result", "value", "out", "close", "failed"].map((name) => [name, (...values) => received.push([name, ...values])]),
  );
  return { connection, hooks, received, call };
}

async function welcomed(begun = begin()) {
  begun.connection.connect().catch(() => {});
  await settled();
  const socket = FakeSocket.created[0];
  socket.onopen();
  socket.say({ op: "welcome" });
  await settled();
  return { ...begun, socket };
}

test("nothing is sent before the welcome, then everything is sent in order", async () => {
  const { connection, call, hooks } = begin();
  connection.request({ op: "exec", cmd: "a" }, call);
  connection.request({ op: "exec", cmd: "b" }, call);
  await settled();
  const [socket] = FakeSocket.created;
  assert.equal(socket.url, "ws://127.0.0.1:1/__preview/socket");
  socket.onopen();
  await settled();
  assert.deepEqual(socket.sent, [{ op: "hello", token: "secret" }]);
  socket.say({ op: "welcome" });
  await settled();
  assert.deepEqual(socket.sent.slice(1).map(({ op, cmd, id }) => [op, cmd, id]), [["exec", "a", 1], ["exec", "b", 2]]);
  assert.equal(FakeSocket.created.length, 1);
  assert.deepEqual(hooks, ["open"]);
});

test("a call receives its answers until the last one", async () => {
  const { connection, call, received, socket } = await welcomed();
  const id = connection.request({ op: "stream" }, call);
  await settled();
  socket.say({ op: "out", id, stdout: "" });
  socket.say({ op: "out", id, stderr: "w" });
  socket.say({ op: "out", id: 99, stdout: "of another call" });
  socket.say({ op: "close", id, code: 3, signal: null });
  socket.say({ op: "out", id, stdout: "late" });
  assert.deepEqual(received, [["out", { stdout: "" }], ["out", { stderr: "w" }], ["close", 3, null]]);
});

test("a program ended by a signal closes with the name of the signal", async () => {
  const { connection, call, received, socket } = await welcomed();
  const id = connection.request({ op: "stream" }, call);
  socket.say({ op: "close", id, code: null, signal: "SIGTERM" });
  assert.deepEqual(received, [["close", null, "SIGTERM"]]);
});

test("results, values and failures reach their calls", async () => {
  const { connection, call, received, socket } = await welcomed();
  const ids = [1, 2, 3, 4].map(() => connection.request({ op: "exec" }, call));
  socket.say({ op: "result", id: ids[0], code: 0 });
  socket.say({ op: "value", id: ids[1], value: [1] });
  socket.say({ op: "failed", id: ids[2], message: "no such binary" });
  socket.say({ op: "surprise", id: ids[3] });
  assert.deepEqual(received.map(([name]) => name), ["result", "value", "failed", "failed"]);
  assert.deepEqual(received[1][1], [1]);
  assert.equal(received[2][1].message, "no such binary");
});

test("a cancelled call is killed if it was sent, is never sent otherwise, and receives nothing", async () => {
  const early = begin();
  early.connection.cancel(early.connection.request({ op: "stream" }, early.call));
  const { connection, call, received, socket } = await welcomed(early);
  assert.deepEqual(socket.sent.map(({ op }) => op), ["hello"]);
  const id = connection.request({ op: "stream" }, call);
  await settled();
  connection.cancel(id);
  connection.cancel(id);
  socket.say({ op: "close", id, code: 143 });
  assert.deepEqual(socket.sent.slice(1), [{ op: "stream", id }, { op: "kill", id }]);
  assert.deepEqual(received, []);
});

test("a lost connection fails running and waiting calls, and the next call connects again", async () => {
  const { connection, call, received, hooks, socket } = await welcomed();
  connection.request({ op: "stream" }, call);
  await settled();
  connection.request({ op: "exec" }, call);
  socket.onclose({ code: 1001 });
  await settled();
  assert.deepEqual(received.map(([name, error]) => [name, /gone/.test(error.message)]), [["failed", true], ["failed", true]]);
  assert.deepEqual(hooks, ["open", "Error"]);
  connection.request({ op: "exec" }, call);
  await settled();
  assert.equal(FakeSocket.created.length, 2);
});

test("nothing is sent while the connection closes, and calls made then fail", async () => {
  const { connection, call, received, socket } = await welcomed();
  const id = connection.request({ op: "stream" }, call);
  await settled();
  connection.close();
  connection.cancel(id);
  connection.request({ op: "exec" }, call);
  await settled();
  assert.deepEqual(socket.sent.map(({ op }) => op), ["hello", "stream"]);
  socket.onclose({ code: 1005 });
  assert.deepEqual(received.map(([name]) => name), ["failed"]);
});

test("a token that the server does not accept is discarded, before and after the welcome", async () => {
  for (const welcome of [false, true]) {
    const begun = welcome ? await welcomed() : begin();
    begun.connection.request({ op: "exec" }, begun.call);
    await settled();
    FakeSocket.created[0].onclose({ code: 4401 });
    await settled();
    assert.equal(begun.received[0][1].name, "NotOpened");
    assert.deepEqual(begun.hooks.slice(-2), ["forget", "NotOpened"]);
  }
});

test("in a page that was not opened by a link, every call fails", async () => {
  const { NotOpened } = load(["NotOpened"]);
  const { connection, call, received } = begin(() => Promise.reject(new NotOpened()));
  connection.request({ op: "exec" }, call);
  connection.note("toast", {});
  await settled();
  assert.equal(received.length, 1);
  assert.equal(FakeSocket.created.length, 0);
});

test("a call that is too large for the server does not affect others", async () => {
  const { connection, call, received, socket } = await welcomed();
  connection.request({ op: "exec", args: ["é".repeat(600_000)] }, call);
  await settled();
  assert.match(received[0][1].message, /1 MiB/);
  assert.equal(socket.sent.length, 1);
});

test("warnings and reloads go to the page, and notes are sent", async () => {
  const { connection, hooks, socket } = await welcomed();
  socket.say({ op: "warning", text: "careful" });
  socket.say({ op: "reload" });
  connection.note("toast", { kind: "success" });
  await settled();
  assert.deepEqual(hooks, ["open", "careful", "reload"]);
  assert.deepEqual(socket.sent.at(-1), { op: "note", kind: "toast", detail: { kind: "success" } });
});
