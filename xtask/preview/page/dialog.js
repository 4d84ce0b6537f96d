// desktopUI.dialog: a browser cannot tell the paths of files on the machine, so the author types them.

/**
 * Asks for paths as Electron's open dialog does.
 * @param {Overlay} overlay
 * @param {any} properties as in Electron: title, message, buttonLabel, defaultPath, properties
 * @returns {Promise<{ canceled: boolean, filePaths: string[] }>}
 */
async function askForPaths(overlay, properties) {
  const { title, message, buttonLabel, defaultPath = "", properties: flags = [] } = properties ?? {};
  const many = flags.includes("multiSelections");
  const what = flags.includes("openDirectory") ? "folder" : "file";
  const field = many ? element("textarea", { rows: 4 }) : element("input", { autocomplete: "off" });
  field.required = true;
  field.spellcheck = false;
  field.value = defaultPath;
  const validate = () => field.setCustomValidity(pathError(paths(field.value)));
  field.addEventListener("input", validate);
  validate();
  const label = element("label", { textContent: many ? `Full path of each ${what}, one per line` : `Full path of the ${what}` });
  label.append(field);
  const dialog = makeDialogElement(title ?? `Choose a ${what}`, message, label, buttonLabel ?? "Open");
  // The value that the dialog has when the Escape key closes it.
  dialog.returnValue = "cancel";
  await overlay.modal(dialog);
  const canceled = dialog.returnValue !== "open";
  return { canceled, filePaths: canceled ? [] : paths(field.value) };
}

/**
 * @param {string} title
 * @param {string | undefined} message
 * @param {HTMLElement} field
 * @param {string} confirmLabel
 */
function makeDialogElement(title, message, field, confirmLabel) {
  const heading = element("h2", { id: "title", textContent: title });
  const text = message ?? "A browser cannot list the folders of this machine: type the path that you would choose.";
  const dialog = element("dialog");
  const actions = element("div", { className: "actions" });
  // Not a submit button: the Enter key presses the first submit button of a form.
  const cancel = element("button", { type: "button", textContent: "Cancel", onclick: () => dialog.close("cancel") });
  actions.append(cancel, element("button", { value: "open", textContent: confirmLabel }));
  const form = element("form", { method: "dialog" });
  form.append(heading, element("p", { textContent: text }), field, actions);
  dialog.setAttribute("aria-labelledby", "title");
  dialog.append(form);
  return dialog;
}

/** @param {string} text */
function paths(text) {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/**
 * Every desktop returns full paths.
 * @param {string[]} paths
 */
function pathError(paths) {
  const relative = paths.find((path) => !/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path));
  return relative === undefined ? "" : `${relative} is not a full path`;
}
