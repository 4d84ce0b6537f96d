// desktopUI.navigate: the preview has no other views, so a notice and the terminal say which one would be shown.

/** What each view shows. */
const VIEWS = {
  viewContainers: "the containers",
  viewContainer: "the container",
  viewContainerLogs: "the logs of the container",
  viewContainerInspect: "the details of the container",
  viewContainerTerminal: "a terminal in the container",
  viewContainerStats: "the statistics of the container",
  viewImages: "the images",
  viewImage: "the image",
  viewVolumes: "the volumes",
  viewVolume: "the volume",
};

/**
 * @param {Preview.Desktop} desktop
 * @param {Connection} connection
 * @param {Overlay} overlay
 * @param {(view: string, id: string, tag?: string) => Promise<void>} mustExist rejects if there is no such container or image
 * @returns {Preview.Client["desktopUI"]["navigate"]}
 */
function makeNavigate(desktop, connection, overlay, mustExist) {
  /** @type {Record<string, (...args: string[]) => Promise<void>>} */
  const navigate = {};
  for (const [view, name] of Object.entries(VIEWS)) {
    navigate[view] = async (...args) => {
      const [id, tag] = args;
      if (id !== undefined) await mustExist(view, id, tag);
      connection.note("navigate", { to: view, args });
      const what = [name, ...args].join(" ");
      const text =
        desktop === PODMAN_DESKTOP ? `Podman Desktop would do nothing: it cannot show ${what}.` : `${desktop.name} would show ${what} now.`;
      overlay.show({ kind: "info", text });
    };
  }
  return /** @type {any} */ (navigate);
}

/**
 * Docker Desktop rejects if a container or an image does not exist. Without a docker command, this cannot be checked.
 * @param {Preview.Client["docker"]} docker
 * @returns {(view: string, id: string, tag?: string) => Promise<void>}
 */
function existenceCheck(docker) {
  return async (view, id, tag) => {
    if (view.startsWith("viewContainer")) {
      const containers = /** @type {{ Id: string }[]} */ (await docker.listContainers({ all: true }));
      if (!containers.some(({ Id }) => Id === id)) throw new Error(`navigate.${view}: no container has the full id ${id}`);
    }
    if (view === "viewImage") {
      const images = /** @type {{ Id: string, RepoTags?: string[] }[]} */ (await docker.listImages({ all: true }));
      const found = images.some(({ Id, RepoTags }) => isImage(id, tag, Id, RepoTags ?? []));
      if (!found) throw new Error(`navigate.viewImage: no image has the id ${id} and the tag ${tag}`);
    }
  };
}

/**
 * @param {string} id
 * @param {string | undefined} tag with or without its repository
 * @param {string} known
 * @param {string[]} tags
 */
function isImage(id, tag, known, tags) {
  const sameId = known === id || known === `sha256:${id}`;
  return sameId && (tag === undefined || tags.some((full) => full === tag || full.endsWith(`:${tag}`)));
}
