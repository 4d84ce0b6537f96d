import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeConnection, load, settled } from "./load.mjs";

const { makeClient } = load(["makeClient"]);

const METADATA = {
  image: "example/tool:1.0.0",
  platform: "linux",
  arch: "x64",
  hostname: "attic",
  desktop: "docker",
  binaries: ["tool"],
  vm: false,
  docker: true,
};

function begin(changes = {}) {
  const connection = new FakeConnection();
  const shown = [];
  const client = makeClient({ ...METADATA, ...changes }, connection, { show: (notice) => shown.push(notice) });
  return { client, connection, shown, notes: connection.notes };
}

/** Every member of version 1 of the API, as its types name them. */
const MEMBERS = [
  "docker.cli.exec", "docker.listContainers", "docker.listImages", "desktopUI.dialog.showOpenDialog",
  ...["success", "warning", "error"].map((name) => `desktopUI.toast.${name}`),
  ...["viewContainers", "viewContainer", "viewContainerLogs", "viewContainerInspect", "viewContainerTerminal"].map(navigate),
  ...["viewContainerStats", "viewImages", "viewImage", "viewVolumes", "viewVolume"].map(navigate),
  "host.openExternal", "extension.host.cli.exec", "extension.vm.cli.exec",
  ...["get", "post", "put", "patch", "delete", "head", "request"].map((name) => `extension.vm.service.${name}`),
];

function navigate(name) {
  return `desktopUI.navigate.${name}`;
}

const member = (client, path) => path.split(".").reduce((object, name) => object[name], client);

test("the client has every member of the API", () => {
  const { client } = begin({ vm: true });
  for (const path of MEMBERS) assert.equal(typeof member(client, path), "function", path);
  assert.deepEqual(
    [client.extension.image, client.host.platform, client.host.arch, client.host.hostname],
    ["example/tool:1.0.0", "linux", "x64", "attic"],
  );
});

test("Docker Desktop leaves out members for parts that metadata.json does not have", () => {
  const { client } = begin({ binaries: [] });
  assert.deepEqual(Object.keys(client.extension), ["image"]);
});

test("each exec sends its own kind of command", () => {
  const { client, connection } = begin({ vm: true });
  const { host, vm } = client.extension;
  for (const { exec } of [host.cli, vm.cli, client.docker.cli]) exec("ls", []);
  assert.deepEqual(connection.requests.map(({ cli }) => cli), ["host", "vm", "docker"]);
});

test("lists are requested, and failures reject", async () => {
  const { client, connection } = begin();
  const [containers, images] = [client.docker.listContainers({ all: true }), client.docker.listImages()];
  assert.deepEqual(connection.requests, [
    { op: "list", what: "containers", options: { all: true } },
    { op: "list", what: "images", options: {} },
  ]);
  connection.calls[0].value([{ Id: "1" }]);
  connection.calls[1].failed(new Error("no docker"));
  assert.deepEqual(await containers, [{ Id: "1" }]);
  await assert.rejects(images, /no docker/);
});

test("list options that are not an object reject, and are not sent", async () => {
  const { client, connection } = begin();
  for (const options of [null, [], "all"]) {
    await assert.rejects(client.docker.listContainers(options), /options must be an object/);
  }
  assert.deepEqual(connection.requests, []);
});

test("toasts are shown and noted", () => {
  const { client, shown, notes } = begin();
  client.desktopUI.toast.success("saved");
  client.desktopUI.toast.error(404);
  assert.deepEqual(shown, [{ kind: "success", text: "saved" }, { kind: "error", text: "404" }]);
  assert.deepEqual(notes[0], { kind: "success", message: "saved" });
});

test("openExternal accepts only http and https addresses", () => {
  const { client, shown, notes } = begin();
  for (const url of ["https://example.org/a", "HTTP://example.org", "file:///etc/passwd", "javascript:alert(1)", "https://", undefined]) {
    client.host.openExternal(url);
  }
  assert.deepEqual(notes.map(({ allowed }) => allowed), [true, true, false, false, false, false]);
  assert.deepEqual(shown.map(({ link }) => link !== undefined), [true, true, false, false, false, false]);
  assert.match(shown[2].text, /not file:\/\/\/etc\/passwd/);
});

test("navigation is shown and noted", async () => {
  const { client, shown, notes } = begin();
  await client.desktopUI.navigate.viewContainers();
  await client.desktopUI.navigate.viewVolume("data");
  assert.deepEqual(notes[1], { kind: "navigate", to: "viewVolume", args: ["data"] });
  assert.equal(shown[1].text, "Docker Desktop would show the volume data now.");
});

test("navigation to a missing container or image rejects if docker is installed", async () => {
  const { client, connection, notes } = begin();
  const { navigate } = client.desktopUI;
  const going = [navigate.viewContainerLogs("abc"), navigate.viewContainer("abd"), navigate.viewImage("1", "2.0"), navigate.viewImage("1", "3.0")];
  await settled();
  for (const { value } of connection.calls) value([{ Id: "abc" }, { Id: "sha256:1", RepoTags: ["a/b:2.0"] }]);
  const states = (await Promise.allSettled(going)).map(({ status, reason }) => reason?.message ?? status);
  assert.deepEqual(states, [
    "fulfilled",
    "navigate.viewContainer: no container has the full id abd",
    "fulfilled",
    "navigate.viewImage: no image has the id 1 and the tag 3.0",
  ]);
  assert.equal(notes.length, 2);
  const without = begin({ docker: false });
  await without.client.desktopUI.navigate.viewContainer("abd");
  assert.deepEqual(without.connection.requests, []);
});

test("calls of the backend reach it with their method, address, data and headers", async () => {
  const { client, connection } = begin({ vm: true });
  const { service } = client.extension.vm;
  const answer = service.post("/a", { x: 1 });
  service.request({ method: "PATCH", url: "/b", headers: { "x-y": "z" }, data: "text" });
  service.head("/c");
  assert.deepEqual(connection.requests, [
    { op: "service", method: "post", url: "/a", data: { x: 1 }, headers: {} },
    { op: "service", method: "PATCH", url: "/b", data: "text", headers: { "x-y": "z" } },
    { op: "service", method: "head", url: "/c", data: null, headers: {} },
  ]);
  connection.calls[0].value({ status: 201, body: { made: true } });
  assert.deepEqual(await answer, { made: true }, "the body only");
});

test("a failed call of the backend rejects with a ServiceError", async () => {
  const { client, connection } = begin({ vm: true });
  const { service } = client.extension.vm;
  const refused = service.get("/a").catch((thrown) => thrown);
  const broken = service.get("/b").catch((thrown) => thrown);
  connection.calls[0].value({ status: 502, body: "connect ECONNREFUSED /x" });
  connection.calls[1].failed(new Error("the crate does not compile"));
  assert.deepEqual(await refused, { name: "ServiceError", message: "connect ECONNREFUSED /x", statusCode: 502 });
  const message = "vm.service.get /b: the crate does not compile";
  assert.deepEqual(await broken, { name: "ServiceError", message, statusCode: 503 });
});

test("Podman Desktop answers every call of the backend with an empty object", async () => {
  const { client, connection } = begin({ desktop: "podman", vm: true });
  assert.deepEqual(await client.extension.vm.service.get("/a"), {});
  assert.deepEqual(connection.requests, []);
});

test("Rancher Desktop has no navigation, and a notice says so when it is read", () => {
  const { client, shown } = begin({ desktop: "rancher" });
  assert.deepEqual(Object.keys(client.desktopUI.navigate), []);
  assert.deepEqual(shown, []);
  assert.throws(() => client.desktopUI.navigate.viewImages(), TypeError);
  assert.deepEqual(shown.map(({ text }) => text), [
    "Rancher Desktop has an empty desktopUI.navigate, so its property viewImages is undefined.",
  ]);
});

for (const desktop of ["rancher", "podman"]) {
  test(`all other members exist, whatever metadata.json has (${desktop})`, async () => {
    const { client, connection } = begin({ desktop, binaries: [], vm: false });
    for (const path of MEMBERS.filter((path) => !path.includes("navigate"))) {
      assert.equal(typeof member(client, path), "function", path);
    }
    client.docker.cli.exec("ps", []);
    client.docker.listImages();
    assert.deepEqual(connection.requests.map(({ op }) => op), ["exec", "list"]);
    if (desktop === "podman") assert.deepEqual(await client.extension.vm.service.get("/a"), {});
  });

  test(`openExternal passes on every address, but none that runs a script here (${desktop})`, () => {
    const { client, shown, notes } = begin({ desktop });
    for (const url of ["https://example.org/a", "file:///etc/passwd", "javascript:alert(1)"]) client.host.openExternal(url);
    assert.deepEqual(notes.map(({ allowed }) => allowed), [true, true, true]);
    assert.deepEqual(shown.map(({ kind, link }) => [kind, link]), [
      ["info", "https://example.org/a"],
      ["info", undefined],
      ["info", undefined],
    ]);
  });
}

test("dialogs of Podman Desktop reject", async () => {
  const { client, notes } = begin({ desktop: "podman" });
  await assert.rejects(client.desktopUI.dialog.showOpenDialog({}), /no handler/);
  assert.equal(notes[0].kind, "dialog");
});

test("Podman Desktop has no image name, and its navigation does nothing", async () => {
  const { client, shown } = begin({ desktop: "podman" });
  assert.equal(client.extension.image, "");
  await client.desktopUI.navigate.viewContainer("abc");
  assert.match(shown[0].text, /Podman Desktop would do nothing/);
});
