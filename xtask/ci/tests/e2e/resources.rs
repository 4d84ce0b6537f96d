//! Windows resources that the crates winresource and embed-resource compile.

use camino::Utf8Path;

use crate::process::run;
use crate::sandbox::Sandbox;
use crate::wine::Wine;

#[test]
#[ignore = "needs zig and wine: run cargo ci"]
fn windows_finds_the_icon_the_version_and_the_manifest() {
    let (sandbox, wine) = (Sandbox::fixture("resources"), Wine::new());
    sandbox.dist(&[]);
    let stage = sandbox.dist_folder().join("stage");
    let manifest = fs_err::metadata(sandbox.root.join("app.manifest")).unwrap().len();
    for program in ["winres.exe", "embed.exe"] {
        let said = run(wine.command().arg(stage.join("amd64/windows").join(program))).succeeded().stdout;
        let sizes: Vec<u64> = serde_json::from_str(&said).unwrap();
        // The image in app.ico has 48 bytes, and a group of one icon has 20.
        assert_eq!((&sizes[..2], sizes[3]), (&[48, 20][..], manifest), "{program}: {sizes:?}");
        assert!(sizes[2] > 100, "{program} has no version: {sizes:?}");
        assert_eq!(kinds(&stage.join("arm64/windows").join(program)), [3, 14, 16, 24], "{program}");
    }
}

/// The kinds of resources in a PE file.
fn kinds(path: &Utf8Path) -> Vec<u32> {
    let file = fs_err::read(path).unwrap();
    let [word, half]: [&dyn Fn(usize) -> usize; 2] =
        [&|at| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize, &|at| {
            usize::from(u16::from_le_bytes(file[at..at + 2].try_into().unwrap()))
        }];
    let header = word(0x3c);
    let sections = header + 24 + half(header + 20);
    let headers = (0..half(header + 6)).map(|index| sections + 40 * index);
    let resources = headers.clone().find(|at| file[*at..].starts_with(b".rsrc\0")).unwrap();
    // Its content begins with a directory of the kinds, of which those with a number come after those with a name.
    let directory = word(resources + 20);
    let (named, numbered) = (half(directory + 12), half(directory + 14));
    (named..named + numbered).map(|index| word(directory + 16 + 8 * index) as u32).collect()
}
