// Runs before the scripts of the page, in this order: remove the secret from the address bar, set what the UI expects,
// then connect, so that a rebuilt page reloads even if it calls nothing.

function startPreview() {
  const overlay = new Overlay();
  const connection = new Connection(new Session(), {
    open: () => overlay.banner(null),
    lost: (error) => overlay.banner(error.message),
    warning: (text) => overlay.show({ kind: "warning", text, stays: true }),
    reload: () => location.reload(),
  });
  window.__ddMuiV5Themes = makeThemes();
  window.__ddMuiV6Themes = makeThemes();
  window.ddClient = makeClient(window.__preview, connection, overlay);
  reloadOnNewLink();
  // A page that the browser keeps for its back button must not keep its programs.
  addEventListener("pagehide", () => connection.close());
  addEventListener("pageshow", ({ persisted }) => persisted && connect(connection));
  connect(connection);
}

/**
 * The banner shows a failure.
 * @param {Connection} connection
 */
function connect(connection) {
  connection.connect().catch(() => {});
}

startPreview();
