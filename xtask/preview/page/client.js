// window.ddClient: version 1 of the API, every member of it.

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
  const mustExist = metadata.docker && desktop === DOCKER_DESKTOP ? existence(docker) : async () => {};
  const client = {
    extension: {
      image: metadata.image,
      // Docker Desktop has neither member when metadata.json has no such part.
      ...(metadata.binaries.length > 0 && { host }),
      ...(metadata.vm && { vm: makeVm(connection, desktop) }),
    },
    desktopUI: {
      toast: makeToast(connection, overlay),
      dialog: makeDialog(connection, overlay),
      navigate: makeNavigate(desktop, connection, overlay, mustExist),
    },
    host: makeHost(metadata, connection, overlay),
    docker,
  };
  return inTheirWay(desktop, client, host, overlay);
}

/**
 * Members that the other desktops have and lack, whatever metadata.json says.
 * @param {Preview.Desktop} desktop
 * @param {Preview.Client} client
 * @param {NonNullable<Preview.Client["extension"]["host"]>} host
 * @param {Overlay} overlay
 * @returns {Preview.Client}
 */
function inTheirWay(desktop, client, host, overlay) {
  /** @param {string} path */
  const empty = (path) => absent(`${desktop.name} has an empty ${path}`, overlay);
  const { desktopUI, extension } = client;
  if (desktop === RANCHER_DESKTOP) {
    const vm = empty("extension.vm");
    const navigate = empty("desktopUI.navigate");
    return { ...client, extension: { ...extension, host, vm }, desktopUI: { ...desktopUI, navigate }, docker: empty("docker") };
  }
  if (desktop === PODMAN_DESKTOP) {
    // Its backend's verbs give an empty object, and its exec is no function.
    const vm = { cli: empty("extension.vm.cli"), service: makeService(async () => ({})) };
    return { ...client, extension: { image: "", host, vm } };
  }
  return client;
}

/**
 * An empty object, as the desktop has it, that says in the page when something is looked for in it.
 * @param {string} sentence
 * @param {Overlay} overlay
 * @returns {any}
 */
function absent(sentence, overlay) {
  return new Proxy({}, {
    get(_, name) {
      if (typeof name !== "string") return undefined;
      overlay.show({ kind: "warning", text: `${sentence}: the page looks for ${name} in it and finds nothing.`, stays: true });
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
      const bad = badListOptions(options);
      if (bad) return failed(bad);
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
  const service = makeService(async (verb, url) => {
    const message = `vm.service.${verb} ${url}: the preview runs no backend container; install the extension to try it`;
    throw { name: "ServiceError", message, statusCode: 503 };
  });
  return { cli: { exec: makeExec(connection, desktop, "vm") }, service };
}

/**
 * @param {(verb: string, url: string) => Promise<unknown>} answer
 * @returns {import("@docker/extension-api-client-types").v1.HttpService}
 */
function makeService(answer) {
  /** @param {string} verb */
  const verb = (verb) => (/** @type {string} */ url) => answer(verb, url);
  return {
    get: verb("get"),
    post: verb("post"),
    put: verb("put"),
    patch: verb("patch"),
    delete: verb("delete"),
    head: verb("head"),
    request: ({ method, url }) => answer(method, url),
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
 * @param {Connection} connection
 * @param {Overlay} overlay
 * @returns {Preview.Client["desktopUI"]["dialog"]}
 */
function makeDialog(connection, overlay) {
  return {
    async showOpenDialog(properties) {
      const answer = await askForPaths(overlay, properties);
      connection.note("dialog", { properties: properties ?? {}, answer });
      return answer;
    },
  };
}

/**
 * @param {Preview.Metadata} metadata
 * @param {Connection} connection
 * @param {Overlay} overlay
 * @returns {Preview.Client["host"]}
 */
function makeHost({ platform, arch, hostname }, connection, overlay) {
  return {
    platform,
    arch,
    hostname,
    openExternal(url) {
      const allowed = /^https?:\/\//i.test(url) && URL.canParse(url);
      connection.note("open-external", { url: String(url), allowed });
      if (allowed) return overlay.show({ kind: "info", text: "The page opens", link: url });
      overlay.show({ kind: "error", text: `openExternal opens addresses of http and https, not ${url}`, stays: true });
    },
  };
}
