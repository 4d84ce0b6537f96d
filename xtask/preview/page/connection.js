// The one connection to the server. Every call has an id; answers find their call by it.
//
// Calls made before the connection is open wait in order. When it breaks, every call that has not ended fails, and the
// next call connects again.

/** The server's code for a token that it does not know, or no longer. */
const UNKNOWN_TOKEN = 4401;

const GONE = "The connection to cargo xtask preview is gone. Is it still running in its terminal?";

/** The server takes no longer message, and would end the connection with every program on it. */
const LONGEST = 1024 * 1024;

class Connection {
  /** @type {Map<number, Preview.Call & { sent?: boolean }>} */
  #calls = new Map();
  #lastId = 0;
  /** @type {Promise<WebSocket> | null} */
  #ready = null;
  /** @type {WebSocket | null} */
  #socket = null;
  #session;
  #hooks;

  /**
   * @param {Pick<Session, "token" | "forget">} session
   * @param {{ open(): void, broken(error: Error): void, warning(text: string): void, reload(): void }} hooks
   */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
  }

  /** Connects, unless that is done or under way. */
  connect() {
    this.#ready ??= this.#connect();
    return this.#ready;
  }

  /**
   * Sends a request; `call` hears of every answer.
   * @param {object} message
   * @param {Preview.Call} call
   * @returns {number} what `cancel` takes
   */
  request(message, call) {
    const id = ++this.#lastId;
    const entry = { ...call, sent: false };
    this.#calls.set(id, entry);
    this.connect().then((socket) => {
      if (this.#calls.get(id) !== entry) return;
      send(socket, { ...message, id });
      entry.sent = true;
    }).catch((error) => this.#fail(id, error));
    return id;
  }

  /**
   * Ends a program; its call hears nothing any more.
   * @param {number} id
   */
  cancel(id) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (call?.sent && this.#socket) send(this.#socket, { op: "kill", id });
  }

  /**
   * Tells the terminal what the page asked of the desktop.
   * @param {"toast" | "navigate" | "open-external" | "dialog"} kind
   * @param {object} detail
   */
  note(kind, detail) {
    this.connect().then((socket) => send(socket, { op: "note", kind, detail })).catch(() => {});
  }

  /** Ends the connection, and with it every program. The next call opens a new one. */
  close() {
    this.#socket?.close();
  }

  /** @returns {Promise<WebSocket>} */
  async #connect() {
    try {
      const token = await this.#session.token();
      const socket = await this.#welcomed(token);
      this.#hooks.open();
      return socket;
    } catch (thrown) {
      this.#ready = null;
      const error = thrown instanceof NotOpened ? thrown : new Error(GONE);
      this.#hooks.broken(error);
      throw error;
    }
  }

  /**
   * @param {string} token
   * @returns {Promise<WebSocket>} open, and welcomed by the server
   */
  #welcomed(token) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${location.host}/__preview/socket`);
      let welcomed = false;
      socket.onopen = () => socket.send(JSON.stringify({ op: "hello", token }));
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (welcomed) return this.#receive(message);
        if (message.op !== "welcome") return;
        welcomed = true;
        this.#socket = socket;
        resolve(socket);
      };
      socket.onclose = ({ code }) => {
        if (code === UNKNOWN_TOKEN) this.#session.forget();
        const error = code === UNKNOWN_TOKEN ? new NotOpened() : new Error(GONE);
        if (welcomed) this.#lost(socket, error);
        else reject(error);
      };
    });
  }

  /** @param {any} message */
  #receive(message) {
    if (message.op === "warning") return this.#hooks.warning(message.text);
    if (message.op === "reload") return this.#hooks.reload();
    const call = this.#calls.get(message.id);
    if (!call) return;
    if (message.op === "out") {
      return call.out?.(message.stderr === undefined ? { stdout: message.stdout } : { stderr: message.stderr });
    }
    this.#calls.delete(message.id);
    if (message.op === "result") call.result?.(message);
    else if (message.op === "value") call.value?.(message.value);
    // Ended by a signal, it has no code; the page is promised a number.
    else if (message.op === "close") call.close?.(message.code ?? -1);
    else call.failed(new Error(message.message ?? `unexpected answer ${message.op}`));
  }

  /**
   * @param {WebSocket} socket
   * @param {Error} error
   */
  #lost(socket, error) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#ready = null;
    this.#hooks.broken(error);
    for (const id of [...this.#calls.keys()]) this.#fail(id, error);
  }

  /**
   * @param {number} id
   * @param {Error} error
   */
  #fail(id, error) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.failed(error);
  }
}

/**
 * A socket that is closing takes nothing more; once it is closed, its calls fail.
 * @param {WebSocket} socket
 * @param {object} message
 */
function send(socket, message) {
  const text = JSON.stringify(message);
  if (new Blob([text]).size > LONGEST) throw new RangeError("a call of more than 1 MiB: pass a file instead");
  if (socket.readyState === WebSocket.OPEN) socket.send(text);
}
