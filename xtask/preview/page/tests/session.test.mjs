import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

/** A tab at an address, with what its storage holds and what the server answers. */
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

const KEPT = { "cargo xtask preview": "old" };

test("a link is taken out of the address bar and exchanged for a token", async () => {
  const { session, seen, storage } = tab("#launch=abc");
  assert.deepEqual(seen.address, { state: { kept: 1 }, url: "/?dialog=true" });
  assert.equal(await session.token(), "new");
  const [{ url, method, headers, body }] = seen.posts;
  assert.deepEqual([url, method, JSON.parse(body)], ["/__preview/launch", "POST", { launch: "abc" }]);
  assert.equal(headers["x-preview"], "1");
  assert.deepEqual([...storage.values()], ["new"]);
});

test("a reload uses the token that the tab has", async () => {
  const { session, seen } = tab("", { stored: KEPT });
  assert.equal(await session.token(), "old");
  assert.deepEqual(seen.posts, []);
  assert.equal(seen.address, null);
});

test("without a link and without a token, the way out is told", async () => {
  await assert.rejects(tab("").session.token(), { name: "NotOpened", message: /Press Enter in the terminal/ });
});

test("a used link is refused, unless the tab has its token already", async () => {
  const answer = { ok: false };
  await assert.rejects(tab("#launch=abc", { answer }).session.token(), { name: "NotOpened" });
  assert.equal(await tab("#launch=abc", { answer, stored: KEPT }).session.token(), "old");
});

test("a token that the server does not know is given up", async () => {
  const { session, storage } = tab("", { stored: KEPT });
  session.forget();
  await assert.rejects(session.token(), { name: "NotOpened" });
  assert.equal(storage.size, 0);
});

test("a fragment of the page's own is left alone", () => {
  assert.equal(tab("#/settings", { stored: KEPT }).seen.address, null);
});
