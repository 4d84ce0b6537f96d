// How this page proves to the server that it is the one that was opened.
//
// The link in the terminal carries a secret that serves once. It is exchanged for a token, which stays in this tab's
// session storage, so that a reload works; no served file holds either.

const LAUNCH = "#launch=";
const STORED = "cargo xtask preview";

const REFUSED =
  "This tab may not run programs: it was opened without its link, or the link has been used before. " +
  "Press Enter in the terminal of cargo xtask preview for a new one.";

/** Thrown for calls of a page that was not opened by a link of this run. */
class NotOpened extends Error {
  name = "NotOpened";

  constructor() {
    super(REFUSED);
  }
}

class Session {
  /** @type {Promise<string>} */
  #token;

  constructor() {
    const secret = takeLaunchSecret();
    this.#token = secret === null ? storedToken() : redeem(secret);
    // A call says what went wrong; without a call, the banner does.
    this.#token.catch(() => {});
  }

  /** The token; rejects when the page was not opened by a valid link. */
  token() {
    return this.#token;
  }

  /** Gives up a token that the server does not know. */
  forget() {
    sessionStorage.removeItem(STORED);
    this.#token = storedToken();
    this.#token.catch(() => {});
  }
}

/**
 * Takes the secret out of the address bar, before a bookmark, an extension of the browser or the page's own router sees it.
 * @returns {string | null}
 */
function takeLaunchSecret() {
  if (!location.hash.startsWith(LAUNCH)) return null;
  const secret = location.hash.slice(LAUNCH.length);
  history.replaceState(history.state, "", location.pathname + location.search);
  return secret;
}

/** @returns {Promise<string>} */
async function storedToken() {
  const token = sessionStorage.getItem(STORED);
  if (token === null) throw new NotOpened();
  return token;
}

/**
 * A link that serves no more is no loss in a tab that has its token already: somebody went back in its history.
 * @param {string} launch
 */
async function redeem(launch) {
  const headers = { "content-type": "application/json", "x-preview": "1" };
  const answer = await fetch("/__preview/launch", { method: "POST", headers, body: JSON.stringify({ launch }) });
  if (!answer.ok) return storedToken();
  const { token } = await answer.json();
  sessionStorage.setItem(STORED, token);
  return token;
}

/** A new link that is opened in this very tab changes only the fragment, which loads nothing by itself. */
function reloadOnNewLink() {
  addEventListener("hashchange", () => {
    if (location.hash.startsWith(LAUNCH)) location.reload();
  });
}
