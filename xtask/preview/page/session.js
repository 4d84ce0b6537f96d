// How this page proves to the server that it was opened by the author.
//
// The link in the terminal contains a secret that can be used once. The page exchanges it for a token and keeps that in the
// session storage of this tab, so that a reload works. No served file contains either of them.

const LAUNCH = "#launch=";
const STORED = "cargo xtask preview";

const NOT_OPENED =
  "This tab may not run programs: it was opened without a launch link, or the link was used before. " +
  "Press Enter in the terminal of cargo xtask preview for a new one.";

/** Calls fail with this error in a page that was not opened by a valid link of this run. */
class NotOpened extends Error {
  name = "NotOpened";

  constructor() {
    super(NOT_OPENED);
  }
}

class Session {
  /** @type {Promise<string>} */
  #token;

  constructor() {
    const secret = takeLaunchSecret();
    this.#token = secret === null ? storedToken() : redeem(secret);
    // Calls report the error. If there are none, the banner does.
    this.#token.catch(() => {});
  }

  /** The token. Rejects if the page was not opened by a valid link. */
  token() {
    return this.#token;
  }

  /** Discards a token that the server does not accept. */
  forget() {
    sessionStorage.removeItem(STORED);
    this.#token = storedToken();
    this.#token.catch(() => {});
  }
}

/**
 * Removes the secret from the address bar, before bookmarks, browser extensions or the router of the UI see it.
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
 * An invalid link does not matter in a tab that has its token already: the user went back in the history.
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

/** Opening a new link in this tab changes only the fragment, which loads nothing by itself. */
function reloadOnNewLink() {
  addEventListener("hashchange", () => {
    if (location.hash.startsWith(LAUNCH)) location.reload();
  });
}
