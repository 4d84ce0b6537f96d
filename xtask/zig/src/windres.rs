//! Compiles Windows resources (icon, manifest, version) with `zig rc`, called with the arguments of GNU's windres.
//!
//! Build scripts call windres through the crates winresource and embed-resource, which look for it on the `PATH`, by the names in
//! [`NAMES`]. The result is always a `.res` file, whatever its name: both linkers recognise it, and it fits every architecture.

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_zigbuild::Zig;
use fs_err as fs;
use sixfold_base::cache;
use sixfold_model::digest::Digest;

/// What build scripts look for. winresource also calls `llvm-ar`.
const NAMES: [&str; 4] =
    ["llvm-windres", "llvm-ar", "x86_64-w64-mingw32-windres", "aarch64-w64-mingw32-windres"];

/// What embed-resource searches for in the first line, if `RC_…` names this program.
const VERSION: &str = "GNU windres, as far as build scripts use it; zig rc does the work";

/// Makes a folder with links to this program, and returns it.
pub(crate) fn folder() -> Result<Utf8PathBuf> {
    let own = Utf8PathBuf::try_from(std::env::current_exe()?)?;
    // A copy must not be older than this program.
    let modified = fs::metadata(&own)?.modified()?;
    let key = if cfg!(windows) { format!("{own} {modified:?}") } else { own.to_string() };
    let key: String = Digest::of(key.as_bytes()).hex().chars().take(16).collect();
    let dir = cache::dir()?.join("windres").join(key);
    cache::once(&dir, Utf8Path::is_dir, |partial| {
        NAMES.iter().try_for_each(|name| link(&own, &partial.join(name)))
    })?;
    Ok(dir)
}

#[cfg(unix)]
fn link(own: &Utf8Path, link: &Utf8Path) -> Result<()> {
    Ok(fs_err::os::unix::fs::symlink(own, link)?)
}

#[cfg(not(unix))]
fn link(own: &Utf8Path, link: &Utf8Path) -> Result<()> {
    let link = link.with_extension(std::env::consts::EXE_EXTENSION);
    Ok(fs::hard_link(own, &link).or_else(|_| fs::copy(own, &link).map(drop))?)
}

/// Does what windres does with these arguments.
pub(crate) fn run(args: &[String]) -> Result<()> {
    if args.iter().any(|arg| matches!(arg.as_str(), "-V" | "--version")) {
        println!("{VERSION}");
        return Ok(());
    }
    let args = translate(args)?;
    let status = Zig::command()?.arg("rc").args(&args).status().context("cannot start zig")?;
    if !status.success() {
        bail!("`zig rc {}` failed with {status}", args.join(" "));
    }
    Ok(())
}

/// The arguments for `zig rc`.
fn translate(args: &[String]) -> Result<Vec<String>> {
    let mut rc: Vec<String> = ["/:auto-includes", "gnu", "/:output-format", "res"].map(String::from).into();
    let (mut input, mut output) = (None, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if !arg.starts_with('-') {
            // The first is the input, the second the output.
            let place = if input.is_none() { &mut input } else { &mut output };
            *place = Some(arg.clone());
            continue;
        }
        let (flag, value) = split(arg);
        let value = match value {
            Some(value) => value,
            None => args.next().with_context(|| format!("windres: {flag} needs a value"))?.clone(),
        };
        match flag {
            "-i" | "--input" => input = Some(value),
            "-o" | "--output" => output = Some(value),
            "-I" | "--include-dir" => rc.extend(["/i".to_owned(), value]),
            "-D" | "--define" => rc.extend(["/d".to_owned(), value]),
            "-U" | "--undefine" => rc.extend(["/u".to_owned(), value]),
            "-c" | "--codepage" => rc.extend(["/c".to_owned(), value]),
            "-l" | "--language" => rc.extend(["/l".to_owned(), value]),
            // The linker decides about both.
            "-O" | "--output-format" | "-F" | "--target" => {}
            _ => bail!(
                "windres: {arg} is not supported here\n\
                 help: link this target with your own linker and windres: set linker = \"native\" in [workspace.metadata.extension.targets]"
            ),
        }
    }
    let missing = |what| format!("windres: no {what} file");
    rc.extend(["/fo".to_owned(), output.with_context(|| missing("output"))?, "--".to_owned()]);
    rc.push(input.with_context(|| missing("input"))?);
    Ok(rc)
}

/// Splits `--flag=value` and `-Fvalue`.
fn split(arg: &str) -> (&str, Option<String>) {
    match (arg.split_once('='), arg.strip_prefix("--"), arg.get(2..)) {
        (Some((flag, value)), Some(_), _) => (flag, Some(value.to_owned())),
        (None, None, Some(value)) | (Some(_), None, Some(value)) if !value.is_empty() => {
            (arg.get(..2).unwrap_or(arg), Some(value.to_owned()))
        }
        _ => (arg, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(args: &str) -> String {
        let args: Vec<_> = args.split(' ').map(String::from).collect();
        translate(&args).map_or_else(|error| error.to_string(), |args| args.join(" "))
    }

    const START: &str = "/:auto-includes gnu /:output-format res ";

    #[test]
    fn the_calls_of_winresource_and_embed_resource_are_understood() {
        assert_eq!(
            translated("-I/project --target pe-x86-64 /out/resource.rc /out/main_res.o"),
            format!("{START}/i /project /fo /out/main_res.o -- /out/resource.rc")
        );
        let call =
            "--input app.rc --output /out/app.lib --include-dir /out --output-format=coff -D A=1 -D B -I inc";
        assert_eq!(translated(call), format!("{START}/i /out /d A=1 /d B /i inc /fo /out/app.lib -- app.rc"));
        assert_eq!(translated("-DA=1 -c 65001 a.rc a.o"), format!("{START}/d A=1 /c 65001 /fo a.o -- a.rc"));
    }

    #[test]
    fn a_call_that_zig_cannot_do_fails() {
        assert!(translated("--preprocessor=cpp a.rc a.o").contains("--preprocessor=cpp is not supported"));
        assert_eq!(translated("a.rc"), "windres: no output file");
        assert_eq!(translated("a.rc -o"), "windres: -o needs a value");
    }
}
