// What the preview itself shows on top of the page: toasts, notices and a banner.
//
// It is in a shadow root after <body>, so that neither the styles of the page nor queries of its scripts reach it. Screen
// readers learn about it from two live regions, which exist before they have content.

const STYLES = `
  /* In a shadow root, !important overrides !important rules of the page. */
  :host { all: initial !important; color-scheme: light dark !important; font: 14px/1.4 system-ui, sans-serif !important; }
  .banner, .notice, dialog {
    box-sizing: border-box; color: light-dark(#1b2230, #e8ebf1); background: light-dark(#fff, #232a36);
    border: 1px solid light-dark(#7c8798, #66707f); border-radius: 8px;
  }
  .banner { position: fixed; z-index: 2147483647; inset: auto 16px 16px; padding: 10px 16px; white-space: pre-wrap; border-left: 6px solid #c4401f; }
  .notices {
    position: fixed; z-index: 2147483647; right: 8px; bottom: 8px; width: min(380px, calc(100vw - 32px)); padding: 0 8px 8px;
    max-height: calc(100vh - 144px); overflow: auto; pointer-events: none;
  }
  .banner:not([hidden]) ~ .notices { bottom: 72px; }
  .notice {
    pointer-events: auto; margin-top: 8px; padding: 8px 8px 8px 12px; display: flex; gap: 8px; align-items: flex-start;
    border-left: 6px solid var(--accent); box-shadow: 0 1px 6px #0003; overflow-wrap: anywhere; white-space: pre-wrap;
  }
  .success { --accent: #1f8a4c; } .info { --accent: #2f6fd0; } .warning { --accent: #b26a00; } .error { --accent: #c4401f; }
  .text { flex: 1; }
  .text a { display: block; color: light-dark(#1d56b0, #8ab8ff); }
  button { font: inherit; color: inherit; background: none; border: 1px solid currentColor; border-radius: 6px; padding: 4px 12px; }
  .dismiss { border: 0; padding: 0 8px; font-size: 18px; line-height: 1.2; }
  :focus-visible { outline: 2px solid light-dark(#1d56b0, #8ab8ff); outline-offset: 2px; }
  dialog { width: min(560px, calc(100vw - 32px)); padding: 20px; } dialog::backdrop { background: #0007; }
  dialog h2 { margin: 0 0 8px; font-size: 18px; } dialog p { margin: 0 0 12px; }
  dialog input, dialog textarea {
    display: block; box-sizing: border-box; width: 100%; margin: 4px 0 12px; padding: 8px; font: 13px ui-monospace, monospace;
    color: inherit; background: transparent; border: 1px solid light-dark(#7c8798, #8a94a4); border-radius: 6px;
  }
  .actions { display: flex; gap: 8px; justify-content: flex-end; }
`;

/** How long each kind of notice stays, in milliseconds. */
const DURATION = { success: 6000, info: 8000, warning: 10_000, error: 10_000 };
/** Older notices are removed, so that a page that shows toasts in a loop stays usable. */
const MAX_NOTICES = 20;

class Overlay {
  #host = document.createElement("cargo-xtask-preview");
  #banner = element("div", { className: "banner", role: "alert", hidden: true });
  #status = element("div", { role: "status" });
  #alerts = element("div", { role: "alert" });

  constructor() {
    // By default, a screen reader reads all of an `alert` again on every change.
    for (const region of [this.#status, this.#alerts]) region.setAttribute("aria-atomic", "false");
    const root = this.#host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
    const notices = element("section", { className: "notices", ariaLabel: "Preview notices" });
    notices.append(this.#status, this.#alerts);
    root.append(this.#banner, notices);
    whenDocumentIsParsed(() => document.documentElement.append(this.#host));
  }

  /**
   * Shows at the bottom why the page does not work. `null` removes the text.
   * @param {string | null} text
   */
  banner(text) {
    this.#banner.hidden = text === null;
    this.#banner.textContent = text ?? "";
  }

  /** @param {Preview.Notice} notice */
  show({ kind, text, link, stays = false }) {
    const region = kind === "success" || kind === "info" ? this.#status : this.#alerts;
    if (stays && isShown(region, text)) return;
    const item = element("div", { className: `notice ${kind}` });
    item.append(noticeText(text, link), dismissButton(item));
    region.append(item);
    if (region.children.length > MAX_NOTICES) region.firstElementChild?.remove();
    if (!stays) removeLater(item, DURATION[kind]);
  }

  /**
   * Shows a modal dialog until it closes.
   * @param {HTMLDialogElement} dialog
   */
  async modal(dialog) {
    await new Promise((resolve) => whenDocumentIsParsed(() => resolve(null)));
    this.#host.shadowRoot?.append(dialog);
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    dialog.remove();
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function element(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

/**
 * @param {string} text
 * @param {string | undefined} link
 */
function noticeText(text, link) {
  const content = element("div", { className: "text", textContent: text });
  if (link !== undefined) {
    content.append(element("a", { href: link, target: "_blank", rel: "noopener noreferrer", textContent: link }));
  }
  return content;
}

/** @param {HTMLElement} item */
function dismissButton(item) {
  return element("button", {
    type: "button",
    className: "dismiss",
    textContent: "×",
    ariaLabel: "Dismiss",
    onclick: () => item.remove(),
  });
}

/**
 * Waits longer while the pointer is over the notice, or the focus is in it.
 * @param {HTMLElement} item
 * @param {number} milliseconds
 */
function removeLater(item, milliseconds) {
  setTimeout(() => {
    if (item.matches(":hover, :focus-within")) removeLater(item, milliseconds);
    else item.remove();
  }, milliseconds);
}

/**
 * @param {HTMLElement} region
 * @param {string} text
 */
function isShown(region, text) {
  return [...region.querySelectorAll(".text")].some((shown) => shown.firstChild?.textContent === text);
}

/** @param {() => void} action */
function whenDocumentIsParsed(action) {
  if (document.readyState !== "loading") action();
  else document.addEventListener("DOMContentLoaded", () => action(), { once: true });
}
