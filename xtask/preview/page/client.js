// window.ddClient: all of version 1 of the API.

/**
 * @param {Preview.Metadata} metadata
 * @param {Connection} connection
 * @param {Overlay} overlay
 * @returns {Preview.Client}
 */
function makeClient(metadata, connection, overlay) {
  const desktop = DESKTOPS[metadata.desktop];
  const host = { cli: { exec: makeExec(connection, desktop, "host") } };
  const docker = makeDocker(connection, desktop);
  const mustExist = metadata.docker && desktop === DOCKER_DESKTOP ? existenceCheck(docker) : async () => {};
  const client = {
    extension: {
      image: metadata.image,
      // Docker Desktop leaves out each of these if metadata.json does not have that part.
      ...(metadata.binaries.length > 0 && { host }),
      ...(metadata.vm && { vm: makeVm(connection, desktop) }),
    },
    desktopUI: {
      toast: makeToast(connection, overlay),
      dialog: makeDialog(desktop, connection, overlay),
      navigate: makeNavigate(desktop, connection, overlay, mustExist),
    },
    host: makeHost(metadata, desktop, connection, overlay),
    docker,
  };
  return adjustToDesktop(desktop, client, { host, vm: makeVm(connection, desktop) }, overlay);
}

/**
 * Adds and removes members as the other desktops do, regardless of metadata.json.
 * @param {Preview.Desktop} desktop
 * @param {Preview.Client} client
 * @param {Required<Pick<Preview.Client["extension"], "host" | "vm">>} parts
 * @param {Overlay} overlay
 * @returns {Preview.Client}
 */
function adjustToDesktop(desktop, client, { host, vm }, overlay) {
  const { desktopUI, extension } = client;
  if (desktop === RANCHER_DESKTOP) {
    const navigate = emptyObject("Rancher Desktop has an empty desktopUI.navigate", overlay);
    return { ...client, extension: { ...extension, host, vm }, desktopUI: { ...desktopUI, navigate } };
  }
  if (desktop === PODMAN_DESKTOP) return { ...client, extension: { image: "", host, vm } };
  return client;
}

/**
 * An empty object, as the desktop has it. Shows a notice when something reads a property of it.
 * @param {string} sentence
 * @param {Overlay} overlay
 * @returns {any}
 */
function emptyObject(sentence, overlay) {
  return new Proxy({}, {
    get(_, name) {
      if (typeof name !== "string") return undefined;
      overlay.show({ kind: "warning", text: `${sentence}, so its property ${name} is undefined.`, stays: true });
      return undefined;
    },
  });
}

/**
 * @param {Connection} connection
 * @param {Preview.Desktop} desktop
 * @returns {Preview.Client["docker"]}
 */
function makeDocker(connection, desktop) {
  /** @param {"containers" | "images"} what */
  const list = (what) => (/** @type {any} */ options = {}) =>
    new Promise((resolve, reject) => {
      const failed = (/** @type {Error} */ error) => reject(desktop.failure(error));
      const error = listOptionsError(options);
      if (error) return failed(error);
      connection.request({ op: "list", what, options }, { value: resolve, failed });
    });
  return {
    cli: { exec: makeExec(connection, desktop, "docker") },
    listContainers: list("containers"),
    listImages: list("images"),
  };
}

/**
 * @param {Connection} connection
 * @param {Preview.Desktop} desktop
 * @returns {NonNullable<Preview.Client["extension"]["vm"]>}
 */
function makeVm(connection, desktop) {
  const service = makeService((method, url, data, headers) => {
    // Podman Desktop answers every call, and has no backend.
    if (desktop === PODMAN_DESKTOP) return Promise.resolve({});
    return new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ message, /** @type {number} */ statusCode) =>
        reject({ name: "ServiceError", message, statusCode });
      connection.request({ op: "service", method, url: String(url), data: data ?? null, headers: headers ?? {} }, {
        value(/** @type {any} */ { status, body }) {
          if (status >= 200 && status < 300) resolve(body);
          else fail(typeof body === "string" ? body : JSON.stringify(body), status);
        },
        failed: (error) => fail(`vm.service.${method} ${url}: ${error.message}`, 503),
      });
    });
  });
  return { cli: { exec: makeExec(connection, desktop, "vm") }, service };
}

/**
 * @param {(method: string, url: string, data?: any, headers?: any) => Promise<unknown>} answer
 * @returns {import("@docker/extension-api-client-types").v1.HttpService}
 */
function makeService(answer) {
  /**
   * @param {string} verb
   * @returns {(url: string, data?: any) => Promise<unknown>}
   */
  const verb = (verb) => (url, data) => answer(verb, url, data);
  return {
    get: verb("get"),
    post: verb("post"),
    put: verb("put"),
    patch: verb("patch"),
    delete: verb("delete"),
    head: verb("head"),
    request: ({ method, url, data, headers }) => answer(method, url, data, headers),
  };
}

/**
 * @param {Connection} connection
 * @param {Overlay} overlay
 * @returns {Preview.Client["desktopUI"]["toast"]}
 */
function makeToast(connection, overlay) {
  /** @param {"success" | "warning" | "error"} kind */
  const toast = (kind) => (/** @type {string} */ message) => {
    const text = String(message);
    connection.note("toast", { kind, message: text });
    overlay.show({ kind, text });
  };
  return { success: toast("success"), warning: toast("warning"), error: toast("error") };
}

/**
 * @param {Preview.Desktop} desktop
 * @param {Connection} connection
 * @param {Overlay} overlay
 * @returns {Preview.Client["desktopUI"]["dialog"]}
 */
function makeDialog(desktop, connection, overlay) {
  return {
    async showOpenDialog(properties) {
      if (desktop === PODMAN_DESKTOP) {
        connection.note("dialog", { properties: properties ?? {}, answer: null });
        throw new Error("showOpenDialog: Podman Desktop has no handler for open dialogs");
      }
      const answer = await askForPaths(overlay, properties);
      connection.note("dialog", { properties: properties ?? {}, answer });
      return answer;
    },
  };
}

/**
 * @param {Preview.Metadata} metadata
 * @param {Preview.Desktop} desktop
 * @param {Connection} connection
 * @param {Overlay} overlay
 * @returns {Preview.Client["host"]}
 */
function makeHost({ platform, arch, hostname }, desktop, connection, overlay) {
  return {
    platform,
    arch,
    hostname,
    openExternal(url) {
      const isWeb = /^https?:\/\//i.test(url) && URL.canParse(url);
      const allowed = isWeb || desktop.opensAnyAddress;
      connection.note("open-external", { url: String(url), allowed });
      if (isWeb) return overlay.show({ kind: "info", text: "The UI opens this address:", link: url });
      // Not as a link, which could run a script here.
      if (allowed) return overlay.show({ kind: "info", text: `${desktop.name} would pass this address to the system: ${url}` });
      overlay.show({ kind: "error", text: `openExternal opens addresses of http and https, not ${url}`, stays: true });
    },
  };
}
