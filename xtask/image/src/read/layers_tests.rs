//! Layers on top of each other.

use tar::EntryType;

use super::*;
use crate::tree::Kind;

struct Bytes(Vec<u8>);

impl Packed for Bytes {
    fn open(&self) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(&self.0[..]))
    }

    fn name(&self) -> String {
        "the layer".into()
    }
}

/// A layer of entries: `name`, and `=text` for a file, `>target` for a symlink, `#target` for a hard link, `/` for a folder,
/// or the letter of another type.
fn layer(entries: &[(&str, &str)]) -> Bytes {
    let mut builder = tar::Builder::new(vec![]);
    for (name, what) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        let (kind, rest) = what.split_at(1);
        // Written as it is: the crate refuses some of the names that other programs write.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        let content = if kind == "=" { rest } else { "" };
        header.set_size(content.len() as u64);
        header.set_entry_type(match kind {
            "=" => EntryType::Regular,
            "/" => EntryType::Directory,
            ">" => EntryType::Symlink,
            "#" => EntryType::Link,
            other => EntryType::new(other.as_bytes()[0]),
        });
        if matches!(kind, ">" | "#") {
            header.set_link_name_literal(rest).unwrap();
        }
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    Bytes(builder.into_inner().unwrap())
}

/// Every file of the layers with its text, `path=text`.
fn files(layers: Vec<Bytes>) -> Result<Vec<String>> {
    let layers = Layers::new(layers);
    let (tree, _) = layers.tree()?;
    let mut files = vec![];
    for (path, node) in tree.iter() {
        if let Kind::File { at, .. } = &node.kind {
            layers.visit(std::slice::from_ref(at), &mut |_, content| {
                let mut text = String::new();
                content.read_to_string(&mut text)?;
                files.push(format!("{path}={text}"));
                Ok(())
            })?;
        }
    }
    Ok(files)
}

#[test]
fn later_layers_win() {
    let layers = vec![
        layer(&[("ui", "/"), ("ui/a", "=1"), ("ui/b", "=2"), ("tool", "=old")]),
        layer(&[("./tool", "=new"), ("ui/.wh.a", "="), ("ui/c", "=3")]),
    ];
    assert_eq!(files(layers).unwrap(), ["tool=new", "ui/b=2", "ui/c=3"]);
}

#[test]
fn an_opaque_folder_hides_lower_layers_only() {
    let layers = vec![
        layer(&[("ui/a", "=1"), ("ui/d/e", "=2"), ("uix", "=3")]),
        layer(&[("ui/new", "=4"), ("ui/.wh..wh..opq", "="), ("ui/later", "=5")]),
    ];
    assert_eq!(files(layers).unwrap(), ["ui/later=5", "ui/new=4", "uix=3"]);
}

#[test]
fn a_whiteout_removes_a_whole_folder() {
    let layers = vec![layer(&[("a/b/c", "=1"), ("ab", "=2")]), layer(&[(".wh.a", "=")])];
    assert_eq!(files(layers).unwrap(), ["ab=2"]);
}

#[test]
fn a_whiteout_of_a_file_in_the_same_layer_is_an_error() {
    for added in ["a/b", "a"] {
        let layers = vec![layer(&[("a/c", "=0")]), layer(&[(added, "=1"), (".wh.a", "=")])];
        let error = format!("{:#}", files(layers).unwrap_err());
        assert!(error.contains("both adds and removes `a`"), "{error}");
    }
    let replaced = vec![layer(&[("a", "=0")]), layer(&[(".wh.a", "="), ("a", "=1")])];
    assert_eq!(files(replaced).unwrap(), ["a=1"]);
}

#[test]
fn what_engines_cannot_unpack_or_unpack_elsewhere_is_an_error() {
    let lower = || layer(&[("dir/file", "=0"), ("link", ">dir"), ("loop", ">loop")]);
    for (entries, expected) in [
        (&[("file", "="), ("file/x", "=")][..], "`file/x` is in `file`, which is not a folder"),
        (&[("dir/file/.wh.x", "=")], "which is not a folder"),
        (&[("dir/file/.wh..wh..opq", "=")], "which is not a folder"),
        (&[("link/../file", "=")], "ambiguous name `link/../file`"),
        (&[("hard", "#link/../dir/file")], "ambiguous name"),
        (&[("loop/x", "=")], "the links in `loop/x`"),
        (&[("dir/.wh.", "=")], "names no file"),
        (&[("dir/.wh..", "=")], "names no file"),
        (&[("dir/.wh...", "=")], "names no file"),
        (&[("dir/a/b", "="), ("dir/.wh..wh..opq", "=")], "before it removes its contents"),
        (&[("dir/file", "#dir/file")], "hard link to dir/file"),
        (&[("dir", "#dir/file")], "hard link to dir/file"),
        (&[("hard", "#dir")], "hard link to dir, which is not a file"),
        (&[("dir", "Z")], "the type `Z`"),
        (&[("dir/file", "g")], "the type `g`"),
    ] {
        let error = format!("{:#}", files(vec![lower(), layer(entries)]).unwrap_err());
        assert!(error.contains(expected), "{entries:?}: {error}");
    }
    // Engines skip the root, and make pipes and devices.
    for entries in [&[(".", "/"), ("..", "/")][..], &[("pipe", "6"), ("device", "3")]] {
        assert_eq!(files(vec![lower(), layer(entries)]).unwrap(), ["dir/file=0"]);
    }
}

#[test]
fn no_text_names_a_file_whose_name_is_not_utf8() {
    let mut layers = Layers::new(vec![layer(&[("tool?", "=1"), ("dir?/x", "=2"), ("link", ">dir?")])]);
    for at in layers.layers[0].0.chunks_mut(512).flat_map(|block| &mut block[..257]) {
        if *at == b'?' {
            *at = 0xff;
        }
    }
    fix_checksums(&mut layers.layers[0].0);
    let (tree, _) = layers.tree().unwrap();
    assert!(["tool\u{fffd}", "tool\0ff", "dir\0ff/x"].iter().all(|path| tree.resolve(path).is_none()));
    assert_eq!(tree.resolve("link/x").unwrap().0, "dir\0ff/x");
    assert!(tree.get("tool\0ff").is_some());
}

/// Makes the checksums of all headers right again. The contents must be empty or shorter than a block.
fn fix_checksums(archive: &mut [u8]) {
    for block in archive.chunks_mut(512).filter(|block| block[257..262] == *b"ustar") {
        let mut header = tar::Header::from_byte_slice(block).clone();
        header.set_cksum();
        block.copy_from_slice(header.as_bytes());
    }
}

#[test]
fn media_types_of_layers_are_known() {
    for (media_type, expected) in [
        ("application/vnd.oci.image.layer.v1.tar", Compression::None),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", Compression::Gzip),
        ("application/vnd.oci.image.layer.v1.tar+zstd", Compression::Zstd),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", Compression::Gzip),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Compression::Gzip),
    ] {
        assert_eq!(layer_compression(media_type).unwrap(), expected);
    }
    assert!(layer_compression("application/vnd.oci.image.layer.v1.tar+lz4").is_err());
}

#[test]
fn entries_go_where_links_lead() {
    let layers = vec![
        layer(&[("real", "/"), ("link", ">real"), ("out", ">../../..")]),
        layer(&[("link/a", "=1"), ("out/b", "=2"), ("../../c", "=3")]),
    ];
    assert_eq!(files(layers).unwrap(), ["b=2", "c=3", "real/a=1"]);
}

#[test]
fn hard_links_are_the_same_file() {
    let layers = vec![layer(&[("a", "=1")]), layer(&[("b", "#/a"), (".wh.a", "=")])];
    assert_eq!(files(layers).unwrap(), ["b=1"]);
    let error = files(vec![layer(&[("b", "#nowhere")])]).unwrap_err();
    assert!(format!("{error:#}").contains("hard link to nowhere"), "{error:#}");
}

#[test]
fn too_many_entries_are_an_error_although_each_replaces_the_last() {
    let mut applied = Applied::with_entries(999_999);
    let mut header = None;
    each_entry(&layer(&[("a", "=")]).0[..], &mut |_, entry, _| {
        header = Some(entry.clone());
        Ok(())
    })
    .unwrap();
    let header = header.unwrap();
    let mut apply = || applied.apply((0, 0), &header, &mut &b""[..]);
    apply().unwrap();
    assert!(apply().unwrap_err().to_string().contains("more than 1000000 entries"));
}

/// A layer that counts how often it is read to its end, which only its digest needs.
struct Counted<'a>(Bytes, &'a std::cell::Cell<u32>);

impl Packed for Counted<'_> {
    fn open(&self) -> Result<Box<dyn Read + '_>> {
        let end = std::iter::once_with(|| self.1.set(self.1.get() + 1));
        Ok(Box::new(self.0.0.as_slice().chain(AtEnd(end))))
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

/// An empty stream that calls a function.
struct AtEnd<I>(I);

impl<I: Iterator<Item = ()>> Read for AtEnd<I> {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.next();
        Ok(0)
    }
}

#[test]
fn a_layer_that_is_listed_200_times_is_hashed_once() {
    let hashed = std::cell::Cell::default();
    let long_end = || Bytes([layer(&[("a", "=1")]).0, vec![0; 10_000]].concat());
    let layers = Layers::new((0..200).map(|_| Counted(long_end(), &hashed)).collect());
    let (tree, _) = layers.tree().unwrap();
    let Kind::File { at, .. } = &tree.get("a").unwrap().kind else { panic!("not a file") };
    layers.visit(std::slice::from_ref(at), &mut |_, _| Ok(())).unwrap();
    assert_eq!(hashed.get(), 1);
}

#[test]
fn all_layers_together_unpack_to_at_most_64_gib() {
    let two = || Layers::new(vec![layer(&[("a", "=1")]), layer(&[("b", "=1")])]);
    assert_eq!(two().limit, 64 << 30);
    let at = [At::Layer(0, 0), At::Layer(1, 0)];
    for (limit, fits) in [(3000, false), (5000, true)] {
        let layers = Layers { limit, ..two() };
        for read in [layers.tree().map(|_| ()), layers.visit(&at, &mut |_, _| Ok(()))] {
            let error = read.err().map(|error| format!("{error:#}")).unwrap_or_default();
            assert_eq!(!error.contains("unpacks to more than any extension needs"), fits, "{error}");
        }
    }
}

#[test]
fn hidden_bytes_are_counted() {
    let layers =
        Layers::new(vec![layer(&[("a", "=12345"), ("b", "=1")]), layer(&[("a", "=1"), (".wh.b", "=")])]);
    assert_eq!(layers.tree().unwrap().1, 6);
}

#[test]
fn metadata_json_is_kept_in_memory() {
    let layers = Layers::new(vec![layer(&[("metadata.json", "={}"), ("x/metadata.json", "={}")])]);
    let (tree, _) = layers.tree().unwrap();
    let kept = |path| matches!(&tree.get(path).unwrap().kind, Kind::File { at: At::Memory(_), .. });
    assert!(kept("metadata.json") && !kept("x/metadata.json"));
}
