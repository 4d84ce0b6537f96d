//! A fake of the command lines of Docker Desktop and Rancher Desktop. Run as docker, rdctl or nerdctl, it records the call
//! in the folder `$STAND_IN`, and answers as the sources and the documentation of those programs say. Files in that folder
//! make it fail. It passes other docker commands on to `$STAND_IN_DOCKER`, if that is set.
//!
//! The tests compile it with rustc as a program of its own, because neither desktop runs in CI.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut words = std::env::args();
    let program = PathBuf::from(words.next().unwrap()).file_stem().unwrap().to_str().unwrap().to_owned();
    let args: Vec<String> = words.collect();
    let state = State { folder: std::env::var_os("STAND_IN").unwrap().into() };
    state.append("calls", &format!("{program} {}", args.join(" ")));
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let answer = match (program.as_str(), words.as_slice()) {
        ("docker", ["extension", words @ ..]) => docker_extension(&state, words),
        ("docker", words) => match std::env::var_os("STAND_IN_DOCKER") {
            Some(docker) => return forward(docker.as_ref(), words),
            None => docker(&state, words),
        },
        ("rdctl", words) => rdctl(&state, words),
        ("nerdctl", words) => nerdctl(&state, words),
        _ => Err(format!("the fake has no program {program}")),
    };
    match answer {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

type Answer = Result<String, String>;

fn forward(docker: &Path, words: &[&str]) -> ExitCode {
    let code = Command::new(docker).args(words).status().unwrap().code();
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn docker_extension(state: &State, words: &[&str]) -> Answer {
    if state.has("no-plugin") {
        return Err(
            "docker: unknown command: docker extension\n\nRun 'docker --help' for more information".into()
        );
    }
    if state.has("docker-asleep") {
        return Err(
            "Get \"http://localhost/version\": dial unix backend.sock: no such file or directory".into()
        );
    }
    let installed = state.read("docker.installed");
    match words {
        ["ls"] => {
            let header = "ID  PROVIDER  VERSION  UI  VM  HOST\n";
            let row = installed.and_then(|image| {
                image.rsplit_once(':').map(|(id, tag)| format!("{id}  Example  {tag}  1 tab(Tool)  -  -\n"))
            });
            Ok(format!("{header}{}", row.unwrap_or_default()))
        }
        ["install" | "update", ..] if state.has("refuse") => {
            Err("the local image you are trying to install has been modified".into())
        }
        ["install" | "update", ..] if state.has("hang") => {
            println!("hanging");
            std::thread::sleep(std::time::Duration::from_secs(600));
            Err("it was not ended".into())
        }
        ["install", "--force", _] if installed.is_some() => Err("it is installed already".into()),
        ["update", "--force", _] if installed.is_none() => Err("it is not installed".into()),
        ["install" | "update", "--force", image] => {
            state.write("docker.installed", image);
            Ok(format!("Extension \"{image}\" installed successfully\n"))
        }
        ["rm", id] => state.remove("docker.installed", id),
        ["dev", "ui-source", _, _] | ["dev", "reset", _] if installed.is_some() => Ok(String::new()),
        _ => Err(format!("docker extension has no {words:?}")),
    }
}

fn rdctl(state: &State, words: &[&str]) -> Answer {
    if state.has("rancher-asleep") {
        return Err("Error: connect: connection refused".into());
    }
    match words {
        ["list-settings"] => Ok(state.read("settings").unwrap_or_else(|| "{}".into())),
        ["extension", "ls"] => Ok(match state.read("rancher.installed") {
            Some(image) => format!("Extension IDs\n\n{image}\n"),
            None => "No extensions are installed.\n".into(),
        }),
        ["extension", "install", image] => rdctl_install(state, image),
        ["extension", "uninstall", id] => {
            // What follows the last colon is the tag. Without one, any installed version is meant.
            let is_it = |image: &String| match id.rsplit_once(':') {
                Some(_) => image == id,
                None => image.rsplit_once(':').is_some_and(|(name, _)| name == *id),
            };
            if state.read("rancher.installed").as_ref().is_some_and(is_it) && !state.has("stuck") {
                state.delete("rancher.installed");
                state.delete("rancher.files");
            }
            // It says so in any case.
            Ok(format!("Deleted {id}\n"))
        }
        _ => Err(format!("rdctl has no {words:?}")),
    }
}

/// Installs the image over the files of an installed version.
fn rdctl_install(state: &State, image: &str) -> Answer {
    if state.has("denied") {
        return Err(format!("Error: 403 Forbidden: The image {image} is not an allowed extension"));
    }
    if state.has("invalid") {
        return Err(format!("Error: 422 Unprocessable Entity: The image {image} has invalid extension metadata"));
    }
    state.write("rancher.installed", image);
    state.append("rancher.files", image);
    Ok(format!("Installing image {image}: Created\n"))
}

/// docker with an engine that stores only the names of images.
fn docker(state: &State, words: &[&str]) -> Answer {
    match words {
        ["context", "inspect", "--format", _, name] => {
            state.read(&format!("context-{name}")).ok_or_else(|| format!("context {name} does not exist"))
        }
        ["version", ..] if state.has("no-engine") => Err("Cannot connect to the Docker daemon".into()),
        ["version", ..] => Ok(state.read("platform").unwrap_or_else(|| "linux/amd64".into())),
        ["info", ..] => Ok("[[\"driver-type\",\"io.containerd.snapshotter.v1\"]]\n".into()),
        ["buildx", "version"] => Ok("github.com/docker/buildx v0.13.1\n".into()),
        ["buildx", "inspect", ..] => Ok("Name:   default\nDriver: docker\n".into()),
        ["buildx", "build", args @ ..] => {
            let after = |flag| args.iter().skip_while(|arg| **arg != flag).nth(1).unwrap();
            let host = std::env::var("DOCKER_HOST").unwrap_or_default();
            state.append("built", &format!("{} for {} on {host}", after("--tag"), after("--platform")));
            state.append("images", after("--tag").rsplit_once(':').unwrap().1);
            fs::write(after("--metadata-file"), "{}").unwrap();
            Ok(String::new())
        }
        _ => images(state, words),
    }
}

fn nerdctl(state: &State, words: &[&str]) -> Answer {
    match words {
        ["info", ..] => Ok("linux/x86_64\n".into()),
        ["--namespace", _, "load", "--input", archive] => {
            let size = fs::metadata(archive).map_err(|error| format!("{archive}: {error}"))?.len();
            state.append("loaded", &size.to_string());
            Ok("unpacking\n".into())
        }
        ["--namespace", _, words @ ..] => images(state, words),
        _ => Err(format!("nerdctl has no {words:?}")),
    }
}

fn images(state: &State, words: &[&str]) -> Answer {
    let kept = state.read("images").unwrap_or_default();
    match words {
        ["image", "ls", "--format", "{{.Tag}}", _] => Ok(kept),
        ["image", "rm", image] => {
            let gone = image.rsplit_once(':').unwrap().1;
            let rest: String =
                kept.lines().filter(|tag| *tag != gone).map(|tag| format!("{tag}\n")).collect();
            state.write("images", &rest);
            Ok(format!("Untagged: {image}\n"))
        }
        _ => Err(format!("there is no {words:?}")),
    }
}

struct State {
    folder: PathBuf,
}

impl State {
    fn has(&self, name: &str) -> bool {
        self.folder.join(name).exists()
    }

    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(name)).ok()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    fn append(&self, name: &str, line: &str) {
        let file = OpenOptions::new().create(true).append(true).open(self.folder.join(name));
        writeln!(file.unwrap(), "{line}").unwrap();
    }

    fn delete(&self, name: &str) {
        let _ = fs::remove_file(self.folder.join(name));
    }

    fn remove(&self, name: &str, id: &str) -> Answer {
        match self.read(name) {
            Some(image) if image.rsplit_once(':').is_some_and(|(name, _)| name == id) => {
                self.delete(name);
                Ok("Extension removed\n".into())
            }
            _ => Err(format!("{id} is not installed")),
        }
    }
}
