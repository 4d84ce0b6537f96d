// desktopUI.dialog: a browser may not name files of the machine, so the path is typed.

/**
 * Asks for paths as Electron's open dialog does.
 * @param {Overlay} overlay
 * @param {any} properties as Electron takes them: title, message, buttonLabel, defaultPath, properties
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
  const judge = () => field.setCustomValidity(complaint(paths(field.value)));
  field.addEventListener("input", judge);
  judge();
  const label = element("label", { textContent: many ? `Full path of each ${what}, one a line` : `Full path of the ${what}` });
  label.append(field);
  const dialog = dialogOf(title ?? `Choose a ${what}`, message, label, buttonLabel ?? "Open");
  // Closed by the Escape key, it keeps the value that it has now.
  dialog.returnValue = "cancel";
  await overlay.modal(dialog);
  const canceled = dialog.returnValue !== "open";
  return { canceled, filePaths: canceled ? [] : paths(field.value) };
}

/**
 * @param {string} title
 * @param {string | undefined} message
 * @param {HTMLElement} question
 * @param {string} agree
 */
function dialogOf(title, message, question, agree) {
  const heading = element("h2", { id: "title", textContent: title });
  const text = message ?? "A browser may not look into the machine's folders: type what you would choose.";
  const dialog = element("dialog");
  const actions = element("div", { className: "actions" });
  // No submit button: the first one of a form is what the Enter key presses.
  const cancel = element("button", { type: "button", textContent: "Cancel", onclick: () => dialog.close("cancel") });
  actions.append(cancel, element("button", { value: "open", textContent: agree }));
  const form = element("form", { method: "dialog" });
  form.append(heading, element("p", { textContent: text }), question, actions);
  dialog.setAttribute("aria-labelledby", "title");
  dialog.append(form);
  return dialog;
}

/** @param {string} text */
function paths(text) {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/**
 * Every desktop gives full paths.
 * @param {string[]} paths
 */
function complaint(paths) {
  const relative = paths.find((path) => !/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path));
  return relative === undefined ? "" : `${relative} is no full path`;
}
