//! Images that two readers could understand differently: we reject each, or find in it the files that the engine unpacks.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::Command;

use camino::Utf8Path;
use sixfold_image::read;
use sixfold_image::tree::Kind;

use crate::crafted::{self, Image};
use crate::process::run;

/// What is under a path: its mode, and its contents or the target of a link. A folder has neither.
type Files = BTreeMap<Vec<u8>, (Option<u32>, Vec<u8>)>;

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn every_image_is_rejected_or_read_as_the_engine_unpacks_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap().join("image.tar");
    let mut wrong = vec![];
    for Image { name, archive, is_read } in crafted::images() {
        fs_err::write(&path, archive).unwrap();
        let ours = ours(&path);
        let theirs = theirs(&path);
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs && is_read => {}
            (Err(_), _) if !is_read => {}
            _ => wrong.push(format!("{name}\n  we:     {ours:?}\n  engine: {theirs:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn ours(path: &Utf8Path) -> Result<Files, String> {
    let source = read::open(path.as_str()).map_err(|error| format!("{error:#}"))?;
    let image = source.images.first().ok_or("no image")?;
    let mut files = Files::new();
    for (path, node) in image.tree.iter() {
        let mut contents = vec![];
        let mode = match &node.kind {
            Kind::File { at, .. } => {
                let read = image.store.visit(std::slice::from_ref(at), &mut |_, content| {
                    content.read_to_end(&mut contents)?;
                    Ok(())
                });
                read.map_err(|error| format!("{error:#}"))?;
                node.mode
            }
            Kind::Symlink(target) => {
                contents = bytes(target);
                None
            }
            Kind::Dir => node.mode,
            Kind::Other => continue,
        };
        files.insert(bytes(path), (mode, contents));
    }
    Ok(files)
}

/// A name as in the archive. In text, a byte that is not UTF-8 is a NUL and two hexadecimal digits.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split('\0');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

/// Loads the archive into the engine, and returns the files of a container of the image, which is never started.
fn theirs(path: &Utf8Path) -> Result<Files, String> {
    docker(&["load", "--input", path.as_str()])?;
    let created = docker(&["create", "--platform", "linux/amd64", crafted::NAME, "program"]);
    let exported = created.and_then(|id| {
        let id = id.trim();
        let exported = path.with_file_name("exported.tar");
        docker(&["export", "--output", exported.as_str(), id])?;
        docker(&["rm", id])?;
        Ok(unpack(&fs_err::read(exported).unwrap()))
    });
    docker(&["rmi", "--force", crafted::NAME])?;
    exported
}

fn docker(arguments: &[&str]) -> Result<String, String> {
    let done = run(Command::new("docker").args(arguments));
    if done.status.success() { Ok(done.stdout) } else { Err(done.stderr) }
}

fn unpack(tar: &[u8]) -> Files {
    let mut files = Files::new();
    for entry in tar::Archive::new(tar).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path_bytes().trim_ascii_end().to_vec();
        let path = path.strip_suffix(b"/").unwrap_or(&path).to_vec();
        // What the engine adds to every container.
        let is_added = [&b".dockerenv"[..], b"dev", b"etc", b"proc", b"sys"]
            .iter()
            .any(|added| path.strip_prefix(*added).is_some_and(|rest| rest.is_empty() || rest[0] == b'/'));
        let mut contents = vec![];
        entry.read_to_end(&mut contents).unwrap();
        let mode = Some(entry.header().mode().unwrap() & 0o7777);
        let file = match entry.header().entry_type() {
            tar::EntryType::Symlink => (None, entry.link_name_bytes().unwrap().to_vec()),
            tar::EntryType::Link => files[&*entry.link_name_bytes().unwrap()].clone(),
            kind if kind.is_file() || kind.is_dir() => (mode, contents),
            _ => continue,
        };
        if !is_added {
            files.insert(path, file);
        }
    }
    files
}
