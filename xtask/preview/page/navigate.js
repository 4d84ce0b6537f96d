// desktopUI.navigate: there is no window to go to, so the page is told where it would be, and the terminal too.

/** What each place needs to exist, and what it is called. */
const PLACES = {
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
 * @param {(place: string, id: string, tag?: string) => Promise<void>} mustExist rejects when what is to be shown is not there
 * @returns {Preview.Client["desktopUI"]["navigate"]}
 */
function makeNavigate(desktop, connection, overlay, mustExist) {
  /** @type {Record<string, (...args: string[]) => Promise<void>>} */
  const navigate = {};
  for (const [place, name] of Object.entries(PLACES)) {
    navigate[place] = async (...args) => {
      const [id, tag] = args;
      if (id !== undefined) await mustExist(place, id, tag);
      connection.note("navigate", { to: place, args });
      const what = [name, ...args].join(" ");
      overlay.show({ kind: "info", text: desktop === PODMAN_DESKTOP ? `Podman Desktop stays here: it cannot show ${what}.` : `${desktop.name} would show ${what} now.` });
    };
  }
  return /** @type {any} */ (navigate);
}

/**
 * Docker Desktop rejects for a container or an image that does not exist. Without a docker command nobody can tell.
 * @param {Preview.Client["docker"]} docker
 * @returns {(place: string, id: string, tag?: string) => Promise<void>}
 */
function existence(docker) {
  return async (place, id, tag) => {
    if (place.startsWith("viewContainer")) {
      const containers = /** @type {{ Id: string }[]} */ (await docker.listContainers({ all: true }));
      if (!containers.some(({ Id }) => Id === id)) throw new Error(`navigate.${place}: no container has the full id ${id}`);
    }
    if (place === "viewImage") {
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
