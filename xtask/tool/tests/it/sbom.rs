//! `--sbom` without a container engine. The end-to-end tests attach documents to images in a registry.

use std::io::Read as _;

use serde_json::Value;

use crate::project::Project;

/// The SPDX documents in the archive of a project.
fn documents(project: &Project) -> Vec<Value> {
    let archive = project.read("target/dist/tool-1.2.3.oci.tar");
    let mut documents = vec![];
    for entry in tar::Archive::new(archive.as_slice()).entries().unwrap() {
        let mut bytes = vec![];
        entry.unwrap().read_to_end(&mut bytes).unwrap();
        let found: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if found["predicateType"] == "https://spdx.dev/Document" {
            documents.push(found["predicate"].clone());
        }
    }
    documents
}

fn document(project: &Project) -> Value {
    project.run(&["dist", "--sbom"]).succeeded();
    let mut documents = documents(project);
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

fn package<'a>(document: &'a Value, name: &str) -> &'a Value {
    let packages = document["packages"].as_array().unwrap();
    packages.iter().find(|package| package["name"] == name).unwrap_or_else(|| panic!("no {name}: {document}"))
}

/// True if the document has this relationship between packages with these names. `NOASSERTION` is one.
fn relates(document: &Value, from: &str, how: &str, to: &str) -> bool {
    let id = |name: &str| match name {
        "NOASSERTION" => Value::from(name),
        _ => package(document, name)["SPDXID"].clone(),
    };
    let relationships = document["relationships"].as_array().unwrap();
    relationships.iter().any(|found| {
        found["spdxElementId"] == id(from)
            && found["relationshipType"] == how
            && found["relatedSpdxElement"] == id(to)
    })
}

const LOCK: &str = r#"{"lockfileVersion": 3, "packages": {
    "": {"name": "ui"},
    "node_modules/@s/a": {"version": "1.0.0", "license": "MIT", "resolved": "https://npm.example/@s/a/-/a-1.0.0.tgz",
        "integrity": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    "node_modules/omitted": {"version": "1.5.0", "integrity": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    "node_modules/private": {"version": "2.0.0", "license": "SEE LICENSE", "resolved": "https://user:secret@npm.example/p.tgz"},
    "node_modules/d": {"version": "4.0.0", "dev": true}
}}"#;

/// A project with a crate, a UI with a lock file, and a command.
fn project() -> Project {
    let project = Project::with_ui();
    project.edit("Cargo.toml", "output = \"build\"", "output = \"build\"\ninstall = \"rustc --version\"");
    project.write("ui/package-lock.json", LOCK);
    project.write(
        "dep/Cargo.toml",
        "[package]\nname = \"dep\"\nversion = \"3.2.1\"\nlicense = \"MIT/Apache-2.0\"\n",
    );
    project.write("dep/src/lib.rs", "");
    let manifest = String::from_utf8(project.read("tool/Cargo.toml")).unwrap();
    project.write("tool/Cargo.toml", &format!("{manifest}\n[dependencies]\ndep = {{ path = \"../dep\" }}\n"));
    project.edit("Cargo.toml", "members = [\"tool\"]", "members = [\"tool\", \"dep\"]");
    project
}

#[test]
fn the_archive_has_a_document_with_everything_that_is_known() {
    let project = project();
    let document = document(&project);
    let stage = project.path("target/dist/stage/amd64/linux/tool");
    let digest = sixfold_model::digest::Digest::of(&std::fs::read(stage).unwrap());
    let packages = document["packages"].as_array().unwrap();
    let file = packages.iter().find(|package| package["packageFileName"] == "./linux/tool").unwrap();
    assert_eq!(file["checksums"][0]["checksumValue"], digest.hex());
    let id = |package: &Value| package["SPDXID"].as_str().unwrap().to_owned();
    let root = packages.iter().find(|package| package["primaryPackagePurpose"] == "APPLICATION").unwrap();
    let relationships = document["relationships"].to_string();
    let generated = format!(
        r#"{{"relatedSpdxElement":"{}","relationshipType":"GENERATED_FROM","spdxElementId":"{}"}}"#,
        id(root),
        id(file)
    );
    assert!(relationships.contains(&generated), "{relationships}");
    assert_eq!(package(&document, "dep")["licenseDeclared"], "MIT OR Apache-2.0");
    assert_eq!(package(&document, "dep")["versionInfo"], "3.2.1");
    let npm = package(&document, "@s/a");
    assert_eq!(npm["externalRefs"][0]["referenceLocator"], "pkg:npm/%40s/a@1.0.0");
    assert_eq!(npm["checksums"][0]["algorithm"], "SHA256");
    let omitted = package(&document, "omitted");
    assert_eq!(omitted["externalRefs"][0]["referenceLocator"], "pkg:npm/omitted@1.5.0");
    assert_eq!(omitted["downloadLocation"], "NOASSERTION");
    assert!(relates(&document, "UI", "DEPENDS_ON", "@s/a"));
    let private = package(&document, "private");
    assert_eq!(private["downloadLocation"], "https://npm.example/p.tgz");
    assert_eq!(private["licenseDeclared"], "NOASSERTION");
    assert_eq!(private["licenseComments"], "The package states: SEE LICENSE");
    assert!(private.get("externalRefs").is_none(), "it is not from a registry: {private}");
    let text = document.to_string();
    assert!(!text.contains("4.0.0") && !text.contains("secret"), "{text}");
}

#[test]
fn two_folders_give_the_same_archive() {
    let [one, other] = [project(), project()];
    for project in [&one, &other] {
        project
            .run_with(&["dist", "--sbom"], |command| {
                command.env("SOURCE_DATE_EPOCH", "1700000000");
            })
            .succeeded();
    }
    let [first, second] = [&one, &other].map(|project| project.read("target/dist/tool-1.2.3.oci.tar"));
    assert!(first == second, "the archives differ");
    assert_eq!(documents(&one)[0]["creationInfo"]["created"], "2023-11-14T22:13:20Z");
}

#[test]
fn what_is_not_known_is_said() {
    let project = Project::with_ui();
    let document = document(&project);
    assert!(relates(&document, "UI", "DEPENDS_ON", "NOASSERTION"));
    assert_eq!(package(&document, "UI")["comment"], "What it contains is not known: the UI has no lock file");
}

#[test]
fn the_plan_says_which_sbom_is_attached() {
    let project = Project::new();
    let json = |flags: &[&str]| {
        let plan = project.run(&[&["plan", "--format", "json"], flags].concat()).succeeded().stdout;
        serde_json::from_str::<Value>(&plan).unwrap()
    };
    assert_eq!(json(&[])["sbom"], "none");
    let own = json(&["--sbom"]);
    assert_eq!((&own["sbom"], &own["delivery"]["engine"]), (&"own".into(), &"builtin".into()));
    let buildx = json(&["--sbom=generator=x"]);
    assert_eq!(
        (&buildx["sbom"]["buildx"], &buildx["delivery"]["engine"]),
        (&"generator=x".into(), &"buildx".into())
    );
    let text = project.run(&["plan", "--sbom"]).succeeded().stdout;
    assert!(text.contains("attach an SPDX document"), "{text}");
    let text = project.run(&["plan", "--push", "--sbom"]).succeeded().stdout;
    assert!(text.contains("push the image by its digest") && !text.contains("buildx build"), "{text}");
    let text = project.run(&["plan", "--sbom=true"]).succeeded().stdout;
    assert!(text.contains("linux/amd64 --sbom=true"), "{text}");
}

#[test]
fn what_an_engine_may_not_keep_is_not_loaded() {
    let project = Project::new();
    project
        .run(&["dist", "--load", "--sbom"])
        .failed(2, &["--load cannot attach", "\nhelp: leave out --load"]);
    project.assert_nothing_done();
}

#[test]
fn a_lock_file_that_cannot_be_read_is_an_error_before_anything_is_compiled() {
    let project = project();
    project.edit("ui/package-lock.json", "\"lockfileVersion\": 3", "\"lockfileVersion\": 1");
    let words = ["cannot list the packages of the UI", "package-lock.json", "lockfileVersion 1", "\nhelp: "];
    project.run(&["dist", "--sbom"]).failed(1, &words);
    project.assert_nothing_done();
    project.run(&["plan"]).succeeded();
}
