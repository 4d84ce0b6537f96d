//! Images in archives, with entries that no usual program writes.

use serde_json::{Value, json};

/// The name of every image.
pub(crate) const NAME: &str = "docker.io/example/crafted:1";

pub(crate) struct Image {
    pub name: &'static str,
    pub archive: Vec<u8>,
    /// Whether we read it. Otherwise we must reject it.
    pub is_read: bool,
}

/// All images.
pub(crate) fn images() -> Vec<Image> {
    let layers = |is_read| {
        move |(name, layers): (&'static str, Vec<Vec<u8>>)| {
            let layers = [&[lower()], layers.as_slice()].concat();
            Image { name, archive: archive(&parts(&layers, |_| ())), is_read }
        }
    };
    let mut images: Vec<Image> = read().into_iter().map(layers(true)).collect();
    images.extend(rejected().into_iter().map(layers(false)));
    images.extend(documents());
    images
}

/// The lowest layer of every image.
fn lower() -> Vec<u8> {
    [
        dir("dir/"),
        file("dir/file", "lower"),
        file("dir/deep/file", "deep"),
        link("link", "dir"),
        link("loop", "loop"),
        file("tool", "tool"),
        end(),
    ]
    .concat()
}

/// Upper layers that we read.
fn read() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let long = "long/".repeat(40);
    let chain = (0..30).map(|at| link(&format!("c{at}"), &format!("c{}", at + 1)));
    vec![
        ("a file that is replaced", vec![[file("tool", "new"), file("./dir//file", "new")].concat()]),
        ("a file in a link", vec![file("link/file", "through")]),
        ("a folder in place of a link", vec![[dir("link/"), file("link/x", "x")].concat()]),
        ("a file in place of a folder", vec![file("dir", "x")]),
        ("a link out of the root", vec![[link("out", "../../.."), file("out/x", "x")].concat()]),
        ("a name out of the root", vec![file("../../x", "x")]),
        ("a dangling link", vec![[link("new", "/nowhere/at all"), file("new/x", "x")].concat()]),
        (
            "a chain of links",
            vec![[chain.collect::<Vec<_>>().concat(), dir("c30"), file("c0/x", "x")].concat()],
        ),
        (
            "hard links",
            vec![[hard("hard", "tool"), hard("hard2", "/link/file"), hard("hard3", "link")].concat()],
        ),
        (
            "a hard link to a file that is replaced",
            vec![[hard("hard", "tool"), file("tool", "new")].concat()],
        ),
        ("a whiteout", vec![[file("dir/.wh.file", ""), file("dir/new", "new")].concat()]),
        ("a whiteout of a folder", vec![file(".wh.dir", "")]),
        ("a whiteout before the file", vec![[file(".wh.tool", ""), file("tool", "new")].concat()]),
        ("a whiteout through a link", vec![file("link/.wh.file", "")]),
        ("an opaque folder", vec![[dir("dir/"), file("dir/.wh..wh..opq", ""), file("dir/x", "x")].concat()]),
        (
            "an opaque folder after its file",
            vec![[file("dir/x", "x"), file("dir/.wh..wh..opq", "")].concat()],
        ),
        (
            "a name from GNU",
            vec![[extension(b'L', format!("{long}x\0").as_bytes()), file("x", "x")].concat()],
        ),
        ("a name from PAX", vec![[pax(&[("path", &long), ("mtime", "1.5")]), dir("x")].concat()]),
        ("a target from PAX", vec![[pax(&[("linkpath", "tool")]), hard("x", "dir/file")].concat()]),
        (
            "a name that is not UTF-8",
            vec![[raw(b"tool\xff", b'0', b"x"), raw(b"tool\xfe", b'0', b"y")].concat()],
        ),
        ("a replacement character", vec![[file("x\u{fffd}", "x"), raw(b"x\xff", b'0', b"y")].concat()]),
        ("an old header", vec![edit(file("x", "x"), 156, b"\0")]),
        ("an empty mode", vec![edit(file("x", "x"), 100, &[0; 8])]),
        ("a pipe and a device", vec![[raw(b"tool", b'6', b""), raw(b"dir/file", b'3', b"")].concat()]),
        ("no end", vec![file("x", "x")]),
        ("contents that look like an end", vec![file("x", &"\0".repeat(2048))]),
    ]
}

/// Upper layers that we reject.
fn rejected() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let sparse =
        |name| [pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.name", name)]), file("x", "x")].concat();
    vec![
        ("an empty PAX name", vec![[pax(&[("path", "")]), file("x", "x")].concat()]),
        ("two names", vec![[extension(b'L', b"a\0"), pax(&[("path", "b")]), file("x", "x")].concat()]),
        ("two PAX headers", vec![[pax(&[("path", "a")]), pax(&[("mtime", "1")]), file("x", "x")].concat()]),
        ("a sparse file 0.1", vec![[pax(&[("GNU.sparse.name", "tool")]), file("x", "x")].concat()]),
        ("a sparse file 1.0", vec![sparse("tool")]),
        ("a prefix with the magic of GNU", vec![edit(edit(file("x", "x"), 257, b"ustar  \0"), 345, b"dir")]),
        ("a contiguous file", vec![raw(b"tool", b'7', b"x")]),
        ("an old folder", vec![edit(file("tool/", ""), 156, b"\0")]),
        ("a whiteout after the file", vec![[file("tool", "new"), file(".wh.tool", "")].concat()]),
        ("a whiteout of the folder", vec![file("dir/.wh.", "")]),
        ("a whiteout of the folder above", vec![file("dir/deep/.wh...", "")]),
        ("a late opaque folder", vec![[file("dir/new/x", "x"), file("dir/.wh..wh..opq", "")].concat()]),
        ("a single block of zeros", vec![[file("x", "x"), vec![0; 512], file("tool", "new")].concat()]),
        ("a global header with a name", vec![[raw(b"tool", b'g', b"12 comment=\n")].concat()]),
        (
            "a name before a global header",
            vec![[extension(b'L', b"tool\0"), raw(b"x", b'g', b"12 comment=\n"), file("x", "x")].concat()],
        ),
        ("a file in a file", vec![file("tool/x", "x")]),
        ("a name that goes up from a link", vec![[link("up", "dir/deep"), file("up/../file", "x")].concat()]),
        ("a name in a circle of links", vec![file("loop/x", "x")]),
        ("a hard link to itself", vec![hard("tool", "tool")]),
        ("a hard link to what it replaces", vec![hard("dir", "dir/file")]),
        ("an unknown type", vec![raw(b"tool", b'Z', b"")]),
        ("an invalid number", vec![edit(file("x", "x"), 108, b"9")]),
        ("a checksum with a newline", vec![with_newline(file("x", "x"))]),
        (
            "an attribute of overlay file systems",
            vec![[pax(&[("SCHILY.xattr.trusted.overlay.opaque", "y")]), dir("dir/")].concat()],
        ),
    ]
}

/// Images whose documents are ambiguous.
fn documents() -> Vec<Image> {
    let image = |name, archive: Vec<u8>| Image { name, archive, is_read: false };
    let change = |edit: fn(&mut Value)| archive(&parts(&[lower()], edit));
    let plain = parts(&[lower()], |_| ());
    let index = plain.iter().find(|(name, _)| name == "index.json").unwrap().clone();
    let without_layout: Vec<Part> = plain.iter().filter(|(name, _)| name != "oci-layout").cloned().collect();
    vec![
        image("a repeated index", archive(&[plain.clone(), vec![index]].concat())),
        image("an index without a layout", archive(&without_layout)),
        image("layers under two keys", change(|manifest| manifest["Layers"] = json!([]))),
        image(
            "a configuration under another key",
            change(|manifest| {
                manifest["CONFIG"] = manifest["layers"][0].clone();
            }),
        ),
    ]
}

type Part = (String, Vec<u8>);

/// The files of an OCI layout with these layers. `change` edits the manifest.
fn parts(layers: &[Vec<u8>], change: fn(&mut Value)) -> Vec<Part> {
    let mut parts = vec![];
    let mut blob = |media_type: &str, bytes: Vec<u8>| {
        let digest = crate::image::sha256(&bytes);
        let descriptor =
            json!({ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len() });
        parts.push((format!("blobs/sha256/{digest}"), bytes));
        descriptor
    };
    let layers: Vec<Value> =
        layers.iter().map(|layer| blob("application/vnd.oci.image.layer.v1.tar", layer.clone())).collect();
    let ids: Vec<&Value> = layers.iter().map(|layer| &layer["digest"]).collect();
    let config =
        json!({ "os": "linux", "architecture": "amd64", "rootfs": { "type": "layers", "diff_ids": ids } });
    let config = blob("application/vnd.oci.image.config.v1+json", config.to_string().into_bytes());
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let mut manifest =
        json!({ "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers });
    change(&mut manifest);
    let mut manifest = blob(media_type, manifest.to_string().into_bytes());
    manifest["platform"] = json!({ "os": "linux", "architecture": "amd64" });
    manifest["annotations"] = json!({ "io.containerd.image.name": NAME });
    let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
    parts.push(("index.json".to_owned(), index.to_string().into_bytes()));
    parts.push(("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    parts
}

fn archive(parts: &[Part]) -> Vec<u8> {
    let entries = parts.iter().map(|(name, bytes)| raw(name.as_bytes(), b'0', bytes));
    [entries.collect::<Vec<_>>().concat(), end()].concat()
}

fn file(name: &str, text: &str) -> Vec<u8> {
    raw(name.as_bytes(), b'0', text.as_bytes())
}

fn dir(name: &str) -> Vec<u8> {
    raw(name.as_bytes(), b'5', b"")
}

fn link(name: &str, target: &str) -> Vec<u8> {
    edit(raw(name.as_bytes(), b'2', b""), 157, target.as_bytes())
}

fn hard(name: &str, target: &str) -> Vec<u8> {
    edit(raw(name.as_bytes(), b'1', b""), 157, target.as_bytes())
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let rest = key.len() + value.len() + 3;
        let length = rest + (rest + rest.to_string().len()).to_string().len();
        format!("{length} {key}={value}\n")
    };
    extension(b'x', records.iter().map(record).collect::<String>().as_bytes())
}

fn extension(kind: u8, contents: &[u8]) -> Vec<u8> {
    raw(b"extension", kind, contents)
}

fn end() -> Vec<u8> {
    vec![0; 1024]
}

/// An entry with any name, type and contents.
fn raw(name: &[u8], kind: u8, contents: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(contents.len() as u64);
    header.set_mode(0o751);
    let mut bytes = [header.as_bytes().as_slice(), contents].concat();
    bytes.resize(bytes.len().div_ceil(512) * 512, 0);
    edit(bytes, 0, b"")
}

/// Ends the checksum of an entry's header with a newline.
fn with_newline(mut entry: Vec<u8>) -> Vec<u8> {
    entry[155] = b'\n';
    entry
}

/// Replaces bytes of an entry's header, and makes its checksum right again.
fn edit(mut entry: Vec<u8>, at: usize, value: &[u8]) -> Vec<u8> {
    entry[at..at + value.len()].copy_from_slice(value);
    let mut header = tar::Header::from_byte_slice(&entry[..512]).clone();
    header.set_cksum();
    entry[..512].copy_from_slice(header.as_bytes());
    entry
}
