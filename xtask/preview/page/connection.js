// The connection to the server. Every call has an id, by which its answers find it.
//
// Calls made before the connection is open wait in order. When the connection is lost, every running call fails, and
// the next call connects again.

/** The code with which the server closes the socket if the token is unknown or no longer valid. */
const UNKNOWN_TOKEN = 4401;

const GONE = "The connection to cargo xtask preview is gone. Is it still running in the terminal?";

/** Bytes of a message. For a longer one, the server would close the connection and end all of its programs. */
const MAX_MESSAGE = 1024 * 1024;

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
   * @param {{ open(): void, lost(error: Error): void, warning(text: string): void, reload(): void }} hooks
   */
  constructor(session, hooks) {
    this.#session = session;
    this.#hooks = hooks;
  }

  /** Connects, unless the connection is open or being opened. */
  connect() {
    this.#ready ??= this.#connect();
    return this.#ready;
  }

  /**
   * Sends a request. `call` receives the answers.
   * @param {object} message
   * @param {Preview.Call} call
   * @returns {number} the id, for `cancel`
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
   * Ends a program. Its call receives nothing more.
   * @param {number} id
   */
  cancel(id) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (call?.sent && this.#socket) send(this.#socket, { op: "kill", id });
  }

  /**
   * Shows in the terminal what the page asked the desktop to do.
   * @param {"toast" | "navigate" | "open-external" | "dialog"} kind
   * @param {object} detail
   */
  note(kind, detail) {
    this.connect().then((socket) => send(socket, { op: "note", kind, detail })).catch(() => {});
  }

  /** Closes the connection, which ends every program. The next call opens a new one. */
  close() {
    this.#socket?.close();
  }

  /** @returns {Promise<WebSocket>} */
  async #connect() {
    try {
      const token = await this.#session.token();
      const socket = await this.#openSocket(token);
      this.#hooks.open();
      return socket;
    } catch (thrown) {
      this.#ready = null;
      const error = thrown instanceof NotOpened ? thrown : new Error(GONE);
      this.#hooks.lost(error);
      throw error;
    }
  }

  /**
   * @param {string} token
   * @returns {Promise<WebSocket>} open and accepted by the server
   */
  #openSocket(token) {
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
    else if (message.op === "close") call.close?.(message.code, message.signal);
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
    this.#hooks.lost(error);
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
 * A socket that is closing sends nothing more. Its calls fail when it is closed.
 * @param {WebSocket} socket
 * @param {object} message
 */
function send(socket, message) {
  const text = JSON.stringify(message);
  if (new Blob([text]).size > MAX_MESSAGE) throw new RangeError("the call is larger than 1 MiB: pass the data in a file");
  if (socket.readyState === WebSocket.OPEN) socket.send(text);
}
