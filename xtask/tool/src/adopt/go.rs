//! Host binaries that a stage of the Dockerfile compiles with Go.

use camino::Utf8Path;
use sixfold_inspect::check::image_files::{Command, is_certain};
use sixfold_model::finding::Place;
use toml::{Table, Value};

use super::command_line::join;
use super::draft::{Draft, Entries, entry};
use super::extension::Extension;
use super::host::Made;

/// A call of `go build`.
#[derive(PartialEq, Eq)]
struct Call {
    /// The folder of the project in which it runs.
    dir: String,
    flags: Vec<String>,
    packages: Vec<String>,
}

/// The table of a program that all of these calls compile.
pub(super) fn configure(
    extension: &Extension,
    name: &str,
    made: &Made,
    draft: &mut Draft,
) -> Result<(Entries, String, Place), String> {
    let commands: Vec<_> = made.iter().flat_map(|(_, commands)| commands).collect();
    let calls = commands.iter().map(|command| read(extension, command)).collect::<Result<Vec<_>, _>>()?;
    let (Some(command), Some(call)) = (commands.first(), calls.first()) else {
        return Err("has no hosts".into());
    };
    if calls.iter().any(|other| other != call) {
        return Err(format!("is compiled in different ways for its hosts ({})", command.place));
    }
    if command.words.iter().any(|word| !is_certain(word)) {
        let message =
            format!("the flags of {name} that depend on a variable are left out ({})", command.place);
        draft.lacks(name, message, "add them to `build`");
    }
    let output = format!("target/host/{{os}}-{{arch}}/{name}{{exe}}");
    let line = call.line(&output);
    let what = format!("Go, `{line}`");
    let env = [("GOOS", "{os}"), ("GOARCH", "{arch}"), ("CGO_ENABLED", "0")];
    let env: Table = env.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    let entries = vec![entry("path", output), entry("build", line), entry("env", env)];
    Ok((entries, what, command.place.clone()))
}

fn read(extension: &Extension, command: &Command) -> Result<Call, String> {
    let fail = |why: &str| format!("`{}` ({}) {why}", command.words.join(" "), command.place);
    let mut words = command.words.iter().map(String::as_str).skip(1);
    if words.next() != Some("build") {
        return Err(fail("is not `go build`"));
    }
    let dir = module(extension, command).ok_or_else(|| fail("runs where the project has no go.mod"))?;
    let (mut flags, mut packages) = (vec![], vec![]);
    while let Some(word) = words.next() {
        let takes_value =
            matches!(word, "-o" | "-ldflags" | "-tags" | "-gcflags" | "-mod" | "-p" | "-buildmode");
        let value = if takes_value { words.next() } else { None };
        let all: Vec<_> = [Some(word), value].into_iter().flatten().collect();
        let is_known = all.iter().all(|word| is_certain(word));
        match word {
            "-C" => return Err(fail("changes its folder")),
            word if word.starts_with("-o") => {}
            word if word.starts_with('-') => {
                flags.extend(all.into_iter().filter(|_| is_known).map(str::to_owned));
            }
            word if is_known => packages.push(word.to_owned()),
            _ => return Err(fail("compiles a package that depends on a variable")),
        }
    }
    // The binary must not contain the path of the project.
    if !flags.iter().any(|flag| flag == "-trimpath") {
        flags.insert(0, "-trimpath".to_owned());
    }
    Ok(Call { dir, flags, packages })
}

/// The folder of the project in which the command runs, which is in a module of Go.
fn module(extension: &Extension, command: &Command) -> Option<String> {
    Utf8Path::new(&command.cwd).ancestors().find_map(|folder| {
        let manifest = extension.files.in_project(command.stage, folder.join("go.mod").as_str())?;
        let rest = Utf8Path::new(&command.cwd).strip_prefix(folder).ok()?;
        let dir = Utf8Path::new(&manifest).parent()?.join(rest);
        Some(dir.as_str().trim_end_matches('/').to_owned())
    })
}

impl Call {
    /// The command, which runs in the root of the project.
    fn line(&self, output: &str) -> String {
        let mut words = vec!["go".to_owned(), "build".to_owned()];
        let mut up = String::new();
        if !self.dir.is_empty() {
            words.extend(["-C".to_owned(), self.dir.clone()]);
            up = "../".repeat(self.dir.split('/').count());
        }
        words.extend(self.flags.iter().cloned());
        words.extend(["-o".to_owned(), format!("{up}{output}")]);
        words.extend(self.packages.iter().cloned());
        join(&words)
    }
}
