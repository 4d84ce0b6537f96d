// Runs before the page's own scripts, in this order: take the secret out of the address bar, set what the page looks for,
// then connect, so that a rebuilt page reloads even while it calls nothing.

function startPreview() {
  const overlay = new Overlay();
  const connection = new Connection(new Session(), {
    open: () => overlay.banner(null),
    broken: (error) => overlay.banner(error.message),
    warning: (text) => overlay.show({ kind: "warning", text, stays: true }),
    reload: () => location.reload(),
  });
  window.__ddMuiV5Themes = makeThemes();
  window.__ddMuiV6Themes = makeThemes();
  window.ddClient = makeClient(window.__preview, connection, overlay);
  reloadOnNewLink();
  // A page that the browser keeps for its back button must not keep its programs running.
  addEventListener("pagehide", () => connection.close());
  addEventListener("pageshow", ({ persisted }) => persisted && connect(connection));
  connect(connection);
}

/**
 * The banner tells of a failure.
 * @param {Connection} connection
 */
function connect(connection) {
  connection.connect().catch(() => {});
}

startPreview();
