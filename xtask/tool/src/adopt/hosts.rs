//! The host binaries that metadata.json lists, and how the Dockerfile makes them.

use std::collections::BTreeMap;

use sixfold_inspect::check::image_files::{Command, CommandKind, FileSource};
use sixfold_model::finding::Place;
use sixfold_model::matrix::{HostOs, Platform};
use sixfold_model::text::line_column;
use toml::Value;

use super::draft::{Draft, Entries, entry};
use super::extension::Extension;
use super::host::{Host, Made};
use super::{download, go};

/// How a file is made, for each platform.
enum Supply {
    File([String; 2]),
    Go([Command; 2]),
    Fetched([Command; 2]),
    Bin,
    Unknown(String),
}

/// Files with the same source and place, by what they have in common: source, place in the image, platform.
type Files = BTreeMap<(String, Option<String>, Option<Platform>), Vec<Host>>;

/// Finds the host binaries. Returns the paths of those that were found.
pub(super) fn find(extension: &Extension, draft: &mut Draft) -> Vec<String> {
    let (mut files, mut found) = (Files::new(), vec![]);
    let [mut go, mut fetched]: [BTreeMap<String, Made>; 2] = Default::default();
    let mut bins: BTreeMap<String, Vec<Host>> = BTreeMap::new();
    for host in listed(extension) {
        let path = host.path.as_str().to_owned();
        match supply(extension, &host) {
            Supply::File(from) => add_file(&mut files, host, from),
            Supply::Go(made) => go.entry(name(&host)).or_default().push((host, made)),
            Supply::Fetched(made) => fetched.entry(name(&host)).or_default().push((host, made)),
            Supply::Bin => bins.entry(name(&host)).or_default().push(host),
            Supply::Unknown(why) => {
                unknown(draft, &path, &format!("{why} (listed in {})", host.place));
                continue;
            }
        }
        found.push(path);
    }
    let mut programs: Vec<Program> = vec![];
    for (name, hosts) in bins {
        let source = Ok((vec![], "a bin of this workspace".to_owned(), Place::path("Cargo.toml")));
        programs.push(Program { name, hosts, source });
    }
    for (all, configure) in [(go, go::configure as Configure), (fetched, download::configure)] {
        for (name, made) in all {
            let source = configure(extension, &name, &made, draft);
            programs.push(Program { name, hosts: made.into_iter().map(|(host, _)| host).collect(), source });
        }
    }
    for program in programs {
        let paths: Vec<_> = program.hosts.iter().map(|host| host.path.as_str().to_owned()).collect();
        if !program.configure(draft) {
            found.retain(|path| !paths.contains(path));
        }
    }
    describe_files(files, draft);
    found
}

/// The keys of a program, what it is, and the place that says so; or why it is not known.
type Source = Result<(Entries, String, Place), String>;
type Configure = fn(&Extension, &str, &Made, &mut Draft) -> Source;

struct Program {
    name: String,
    hosts: Vec<Host>,
    source: Source,
}

impl Program {
    /// Adds its table. False if it cannot be configured.
    fn configure(self, draft: &mut Draft) -> bool {
        let path = image_path(&self.name, &self.hosts);
        match self.source.and_then(|source| Ok((source, path?))) {
            Ok(((mut entries, what, place), path)) => {
                entries.extend(path.map(|path| entry("image-path", path)));
                entries.extend(hosts_entry(&self.hosts));
                draft.say(&self.name, &what, &place);
                draft.add(&format!("binaries.{}", self.name), entries);
                true
            }
            Err(why) => {
                unknown(draft, &self.name, &why);
                false
            }
        }
    }
}

fn unknown(draft: &mut Draft, what: &str, why: &str) {
    let help = "say where it comes from in the table `binaries` or in `files`: docs/adopting.md shows how";
    draft.needs(what, why, help);
}

/// The name of a program: the file name without `.exe`.
fn name(host: &Host) -> String {
    let base = host.path.base_name();
    base.strip_suffix(".exe").unwrap_or(base).to_owned()
}

/// Every listed file, once.
fn listed(extension: &Extension) -> Vec<Host> {
    let metadata = &extension.metadata;
    let mut hosts: Vec<Host> = vec![];
    for listed in &metadata.listed {
        let (line, column) = line_column(&metadata.text, listed.at.start);
        let is_new = !hosts.iter().any(|host| host.os == listed.os && host.path == listed.path);
        let place = Place::path("metadata.json").at(line, column);
        hosts.extend(is_new.then(|| Host { os: listed.os, path: listed.path.clone(), place }));
    }
    hosts
}

fn supply(extension: &Extension, host: &Host) -> Supply {
    let origins = Platform::ALL.map(|platform| extension.files.origin(platform, host.path.as_str()));
    let is_bin = extension.bins.contains(&name(host));
    let [amd64, arm64] = &origins;
    for kind in [CommandKind::Fetches, CommandKind::CompilesGo] {
        if let (Some(amd64), Some(arm64)) = (command(amd64, kind), command(arm64, kind)) {
            let made = [amd64.clone(), arm64.clone()];
            return if kind == CommandKind::Fetches { Supply::Fetched(made) } else { Supply::Go(made) };
        }
    }
    match origins {
        _ if is_bin => Supply::Bin,
        [FileSource::Project(amd64), FileSource::Project(arm64)] => {
            let outside = |path: &String| extension.sources.must_be_inside(path).err();
            match outside(&amd64).or_else(|| outside(&arm64)) {
                Some(error) => Supply::Unknown(error.to_string().replace("\nhelp: ", "; ")),
                None => Supply::File([amd64, arm64]),
            }
        }
        [FileSource::Later(path, place), _] => Supply::Unknown(format!(
            "is copied from {path} ({place}), which something makes before `docker build`"
        )),
        [FileSource::Commands(commands), _] => {
            let command =
                commands.first().map(|command| (command.words.join(" "), command.place.to_string()));
            let (words, place) = command.unwrap_or_default();
            Supply::Unknown(format!("is made by `{words}` ({place}), which is neither Go nor a download"))
        }
        _ => Supply::Unknown("the Dockerfile does not tell where it comes from".to_owned()),
    }
}

/// The command of a kind, if there is exactly one that may have made the file.
fn command(source: &FileSource, kind: CommandKind) -> Option<&Command> {
    let FileSource::Commands(commands) = source else { return None };
    let mut found = commands.iter().filter(|command| command.kind == kind);
    found.next().filter(|_| found.next().is_none())
}

/// The key `image-path` for the paths of a program. Fails if they have nothing in common.
fn image_path(name: &str, hosts: &[Host]) -> Result<Option<String>, String> {
    let mut templates: Vec<_> = hosts
        .iter()
        .map(|host| {
            let path = in_template(host);
            match host.os {
                HostOs::Windows => {
                    path.strip_suffix(".exe").map(|path| format!("{path}{{exe}}")).unwrap_or(path)
                }
                _ => format!("{path}{{exe}}"),
            }
        })
        .collect();
    templates.dedup();
    match templates.as_slice() {
        [one] if *one == format!("/{{os}}/{name}{{exe}}") => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => Err(format!("its paths have no pattern in common: {}", several.join(", "))),
    }
}

/// A path with `{os}` in place of the name of its host.
fn in_template(host: &Host) -> String {
    host.path.as_str().replace(&format!("/{}/", host.os), "/{os}/")
}

/// The key `hosts`, unless it is all of them.
fn hosts_entry(hosts: &[Host]) -> Option<(String, Value)> {
    let names: Vec<_> =
        HostOs::ALL.into_iter().filter(|os| hosts.iter().any(|host| host.os == *os)).collect();
    let list: Vec<_> = names.iter().map(ToString::to_string).collect();
    (list.len() < HostOs::ALL.len()).then(|| entry("hosts", list))
}

fn add_file(files: &mut Files, host: Host, [amd64, arm64]: [String; 2]) {
    let to = |from: &str| {
        let name = from.rsplit('/').next().unwrap_or(from);
        let to = in_template(&host);
        (to != format!("/{{os}}/{name}")).then_some(to)
    };
    let again = || Host { os: host.os, path: host.path.clone(), place: host.place.clone() };
    if amd64 == arm64 {
        return files.entry((amd64.clone(), to(&amd64), None)).or_default().push(host);
    }
    for (platform, from) in Platform::ALL.into_iter().zip([amd64, arm64]) {
        files.entry((from.clone(), to(&from), Some(platform))).or_default().push(again());
    }
}

fn describe_files(files: Files, draft: &mut Draft) {
    for ((from, to, platform), hosts) in files {
        let names: Vec<_> = hosts.iter().map(|host| host.os.to_string()).collect();
        let Some(first) = hosts.first() else { continue };
        draft.say(&from, &format!("a file of the project, for {}", names.join(", ")), &first.place);
        let platforms = platform.map(|platform| entry("platforms", vec![platform.to_string()]));
        let to = to.map(|to| entry("to", to));
        let entries = [Some(entry("from", from)), hosts_entry(&hosts), platforms, to];
        draft.add_file(entries.into_iter().flatten().collect());
    }
}
