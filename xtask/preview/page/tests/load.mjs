// Loads the parts of the script as they are served: as classic scripts in one scope. Starts nothing.

import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../", import.meta.url);

const PARTS = readdirSync(FOLDER).filter((name) => name.endsWith(".js") && name !== "start.js");
const SOURCE = PARTS.map((name) => readFileSync(new URL(name, FOLDER), "utf8")).join("");

/**
 * @param {string[]} names what to return from the scope of the scripts
 * @param {object} globals global variables for the scripts, in addition to those of Node.js
 */
export function load(names, globals = {}) {
  const script = new Function(...Object.keys(globals), `"use strict";${SOURCE}return { ${names.join(", ")} };`);
  return script(...Object.values(globals));
}

/** Lets handlers of settled promises run. */
export const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A connection that records requests, and lets a test answer them. */
export class FakeConnection {
  requests = [];
  calls = [];
  cancelled = [];
  notes = [];

  request(message, call) {
    this.requests.push(message);
    return this.calls.push(call);
  }

  cancel(id) {
    this.cancelled.push(id);
  }

  note(kind, detail) {
    this.notes.push({ kind, ...detail });
  }
}
