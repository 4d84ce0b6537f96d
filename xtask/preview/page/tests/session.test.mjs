import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

/** A tab at an address, with its session storage and the answer of the server. */
function tab(hash, { stored = {}, answer = { ok: true, token: "new" } } = {}) {
  const seen = { address: null, posts: [] };
  const storage = new Map(Object.entries(stored));
  const globals = {
    location: { hash, pathname: "/", search: "?dialog=true" },
    history: { state: { kept: 1 }, replaceState: (state, _, url) => (seen.address = { state, url }) },
    sessionStorage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => storage.set(key, value),
      removeItem: (key) => storage.delete(key),
    },
    fetch: async (url, request) => {
      seen.posts.push({ url, ...request });
      return { ok: answer.ok, json: async () => ({ token: answer.token }) };
    },
  };
  const { Session } = load(["Session"], globals);
  return { session: new Session(), seen, storage };
}

const STORED_TOKEN = { "cargo xtask preview": "old" };

test("a link is removed from the address bar and exchanged for a token", async () => {
  const { session, seen, storage } = tab("#launch=abc");
  assert.deepEqual(seen.address, { state: { kept: 1 }, url: "/?dialog=true" });
  assert.equal(await session.token(), "new");
  const [{ url, method, headers, body }] = seen.posts;
  assert.deepEqual([url, method, JSON.parse(body)], ["/__preview/launch", "POST", { launch: "abc" }]);
  assert.equal(headers["x-preview"], "1");
  assert.deepEqual([...storage.values()], ["new"]);
});

test("a reload uses the token of the tab", async () => {
  const { session, seen } = tab("", { stored: STORED_TOKEN });
  assert.equal(await session.token(), "old");
  assert.deepEqual(seen.posts, []);
  assert.equal(seen.address, null);
});

test("without a link and a token, the error says what to do", async () => {
  await assert.rejects(tab("").session.token(), { name: "NotOpened", message: /Press Enter in the terminal/ });
});

test("a used link is an error, unless the tab has a token already", async () => {
  const answer = { ok: false };
  await assert.rejects(tab("#launch=abc", { answer }).session.token(), { name: "NotOpened" });
  assert.equal(await tab("#launch=abc", { answer, stored: STORED_TOKEN }).session.token(), "old");
});

test("a token that the server does not accept is discarded", async () => {
  const { session, storage } = tab("", { stored: STORED_TOKEN });
  session.forget();
  await assert.rejects(session.token(), { name: "NotOpened" });
  assert.equal(storage.size, 0);
});

test("other fragments are not changed", () => {
  assert.equal(tab("#/settings", { stored: STORED_TOKEN }).seen.address, null);
});
