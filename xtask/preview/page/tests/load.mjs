// Loads the parts of the page as they are served: classic scripts in one scope. Nothing is started.

import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../", import.meta.url);

const PARTS = readdirSync(FOLDER).filter((name) => name.endsWith(".js") && name !== "start.js");
const SOURCE = PARTS.map((name) => readFileSync(new URL(name, FOLDER), "utf8")).join("");

/**
 * @param {string[]} names what to give out of the scope of the scripts
 * @param {object} globals what the scripts find around them, beside Node's own
 */
export function load(names, globals = {}) {
  const script = new Function(...Object.keys(globals), `"use strict";${SOURCE}return { ${names.join(", ")} };`);
  return script(...Object.values(globals));
}

/** Lets promises that are settled be heard. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A connection that records what is asked, and lets a test answer. */
export class FakeConnection {
  asked = [];
  calls = [];
  cancelled = [];
  notes = [];

  request(message, call) {
    this.asked.push(message);
    return this.calls.push(call);
  }

  cancel(id) {
    this.cancelled.push(id);
  }

  note(kind, detail) {
    this.notes.push({ kind, ...detail });
  }
}
