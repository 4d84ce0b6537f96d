//! Writes the directory of stubs that replaces an SDK: the linker's `-syslibroot`.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::library::{Kind, Library, libraries};
use super::symbols::LISTS;
use super::tbd;
use crate::cached;
use sixfold_judge::macos_dylib;
use sixfold_model::macos::Extra;

/// Writes the stubs of all libraries below `parent`, unless they exist, and returns their directory. `extra` is what the
/// author adds. Fails if a library that the author adds is not part of every macOS.
pub fn write(parent: &Utf8Path, extra: &Extra) -> Result<Utf8PathBuf> {
    extra.validate()?;
    let dylibs: Vec<_> =
        extra.dylibs.iter().map(|(name, symbols)| dylib(name, symbols)).collect::<Result<_>>()?;
    let added = format!("{extra:?}");
    // Making the stubs takes longer than linking with them, so their directory is found by what they are made from.
    let texts = LISTS.iter().chain(&SOURCES).copied().chain([("added", added.as_str())]);
    let texts: Vec<_> = texts.map(|(name, text)| (Utf8Path::new(name), text)).collect();
    cached::made_from(parent, "macos-stubs", &texts, |dir| {
        let stubs = [stubs(extra), dylibs].concat();
        let files =
            stubs.iter().flat_map(|stub| stub.paths.iter().map(|path| (path.as_path(), stub.text.as_str())));
        cached::write(dir, &files.collect::<Vec<_>>())
    })
}

/// The code that makes stubs of lists.
const SOURCES: [(&str, &str); 3] = [
    ("library.rs", include_str!("library.rs")),
    ("stubs.rs", include_str!("stubs.rs")),
    ("tbd.rs", include_str!("tbd.rs")),
];

/// One stub, with every path where the linker may look for it.
#[derive(Clone)]
struct Stub {
    paths: Vec<Utf8PathBuf>,
    text: String,
}

/// All stubs of the directory.
fn stubs(extra: &Extra) -> Vec<Stub> {
    let libraries: Vec<Library> = libraries().collect();
    let install_name = |name: &str| libraries.iter().find(|it| it.name == name).map(|it| it.install_name);
    let listed = libraries.iter().map(|library| {
        let reexports: Vec<&str> = library.reexports.iter().filter_map(|name| install_name(name)).collect();
        let added = extra.symbols.get(library.name).map_or(&[][..], Vec::as_slice);
        let is_reexported = libraries.iter().any(|other| other.reexports.contains(&library.name));
        Stub { paths: paths(library, is_reexported), text: tbd::render(library, &reexports, added) }
    });
    listed.chain(extra.frameworks.iter().map(|(name, symbols)| framework(name, symbols))).collect()
}

/// Where the linker looks for a library: by its name on the command line, and by its install name if another library
/// re-exports it.
fn paths(library: &Library, is_reexported: bool) -> Vec<Utf8PathBuf> {
    let dylib = |name: &str| Utf8PathBuf::from(format!("usr/lib/{name}.tbd"));
    let mut paths: Vec<_> = library.aliases.iter().map(|alias| dylib(alias)).collect();
    paths.push(match library.kind() {
        Kind::Dylib => dylib(library.name),
        Kind::Framework => framework_path(library.name),
    });
    let installed = Utf8Path::new(library.install_name.trim_start_matches('/'));
    let installed = match library.kind() {
        Kind::Dylib => installed.with_extension("tbd"),
        Kind::Framework => Utf8PathBuf::from(format!("{installed}.tbd")),
    };
    if is_reexported {
        paths.push(installed);
    }
    paths
}

fn framework_path(name: &str) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("System/Library/Frameworks/{name}.framework/{name}.tbd"))
}

fn framework(name: &str, symbols: &[String]) -> Stub {
    let head = format!("install-name: /System/Library/Frameworks/{name}.framework/Versions/A/{name}");
    let text = tbd::render(&Library::parse(name, &head), &[], symbols);
    Stub { paths: vec![framework_path(name)], text }
}

/// A library in /usr/lib that only the verifier knows.
fn dylib(name: &str, symbols: &[String]) -> Result<Stub> {
    let path = macos_dylib(name).with_context(|| {
        format!(
            "[workspace.metadata.extension.macos] dylibs.{name}: not every supported macOS has a lib{name} in /usr/lib\n\
             help: have its crate build it from source"
        )
    })?;
    let head = format!("install-name: {path}");
    let text = tbd::render(&Library::parse(name, &head), &[], symbols);
    Ok(Stub { paths: vec![format!("usr/lib/lib{name}.tbd").into()], text })
}

#[cfg(test)]
mod tests {
    use sixfold_judge::is_everywhere;
    use sixfold_model::matrix::HostOs;

    use super::*;

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = Utf8PathBuf::from_path_buf(dir.path().to_owned()).expect("its path is UTF-8");
        (dir, path)
    }

    fn folders_in(parent: &Utf8Path) -> usize {
        let entries = parent.read_dir_utf8().expect("the parent is there");
        entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir())).count()
    }

    fn read(path: Utf8PathBuf) -> String {
        fs_err::read_to_string(path).expect("the stub is there")
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let (_guard, parent) = temporary();
        let first = write(&parent, &Extra::default()).expect("the stubs are written");
        let stub = first.join("usr/lib/libSystem.tbd");
        let before = fs_err::metadata(&stub).expect("the stub is there").modified().expect("it has a time");
        assert_eq!(write(&parent, &Extra::default()).expect("the stubs are there"), first);
        assert_eq!(
            fs_err::metadata(&stub).expect("the stub is there").modified().expect("it has a time"),
            before
        );
        assert_eq!(folders_in(&parent), 1);
    }

    #[test]
    fn concurrent_runs_write_one_directory() {
        let (_guard, parent) = temporary();
        let dirs: Vec<_> = std::thread::scope(|scope| {
            let run = || scope.spawn(|| write(&parent, &Extra::default()).expect("the stubs are written"));
            let runs = [run(), run(), run(), run()];
            runs.into_iter().map(|run| run.join().expect("the run does not panic")).collect()
        });
        assert!(dirs.iter().all(|dir| *dir == dirs[0] && dir.join("usr/lib/libobjc.tbd").exists()));
        assert_eq!(folders_in(&parent), 1);
    }

    #[test]
    fn libraries_are_where_the_linker_looks() {
        let (_guard, parent) = temporary();
        let dir = write(&parent, &Extra::default()).expect("the stubs are written");
        for path in [
            "usr/lib/libSystem.tbd",
            "usr/lib/libm.tbd",
            "usr/lib/libobjc.tbd",
            "usr/lib/libobjc.A.tbd",
            "System/Library/Frameworks/AppKit.framework/AppKit.tbd",
            "System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation.tbd",
        ] {
            assert!(dir.join(path).exists(), "{path}");
        }
        let security = read(dir.join("System/Library/Frameworks/Security.framework/Security.tbd"));
        assert!(
            security.contains(
                "install-name: '/System/Library/Frameworks/Security.framework/Versions/A/Security'"
            )
        );
    }

    #[test]
    fn additions_are_written_to_a_directory_of_their_own() {
        let (_guard, parent) = temporary();
        let plain = write(&parent, &Extra::default()).expect("the stubs are written");
        let extra: Extra =
            toml::from_str("symbols = { Security = ['_SecNew'] }\nframeworks = { NewKit = ['_NKStart'] }")
                .expect("the table is right");
        let dir = write(&parent, &extra).expect("the stubs are written");
        assert_ne!(dir, plain);
        let frameworks = dir.join("System/Library/Frameworks");
        assert!(read(frameworks.join("Security.framework/Security.tbd")).contains("'_SecNew'"));
        let new = read(frameworks.join("NewKit.framework/NewKit.tbd"));
        assert!(new.contains("NewKit.framework/Versions/A/NewKit'") && new.contains("'_NKStart'"));
    }

    #[test]
    fn a_library_that_only_the_verifier_knows_can_be_added() {
        let (_guard, parent) = temporary();
        let extra = |text| toml::from_str::<Extra>(text).expect("the table is right");
        let dir = write(&parent, &extra("dylibs = { edit = ['_el_init'] }")).expect("the stubs are written");
        let edit = read(dir.join("usr/lib/libedit.tbd"));
        assert!(edit.contains("install-name: '/usr/lib/libedit.3.dylib'") && edit.contains("'_el_init'"));
        let error = write(&parent, &extra("dylibs = { ssl = ['_SSL_new'] }")).expect_err("no Mac has it");
        assert!(error.to_string().contains("dylibs.ssl: not every supported macOS has a libssl"), "{error}");
    }

    #[test]
    fn the_verifier_accepts_every_library_that_can_be_linked() {
        for library in libraries() {
            assert!(is_everywhere(HostOs::Darwin, library.install_name), "{}", library.install_name);
        }
    }
}
