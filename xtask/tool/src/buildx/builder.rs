//! Chooses a builder for buildx that can build several platforms.
//!
//! The `docker` driver can do so if the engine keeps images in containerd's store; every other driver can. If the current
//! builder cannot, or does not start, another existing one is used. If there is none, one is created, as in the Makefile of
//! Docker's own extension template.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use sixfold_base::{process, terminal};
use sixfold_image::docker::must_be_here;
use sixfold_project::plan::{Delivery, Image};

use crate::docker::Docker;

/// The name in the Makefile of Docker's template, so that its users keep one builder.
const OURS: &str = "buildx-multi-arch";

/// The time that a builder has to start: its image may have to be downloaded first.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Builder {
    name: String,
    driver: String,
}

impl Builder {
    /// True if it runs on another machine, so that it needs no engine here.
    fn is_elsewhere(&self) -> bool {
        matches!(self.driver.as_str(), "kubernetes" | "remote" | "cloud")
    }
}

/// The builder to use: the one named by the user, which must be able to build the image, or any that is able, and whether it can
/// write an image to a file. It is running when this returns.
pub(super) fn choose(docker: &Docker, image: &Image, delivery: &Delivery) -> Result<(String, bool)> {
    let named = image.builder.as_deref();
    must_be_here()?;
    let current = inspect(docker, named);
    let needs_engine =
        *delivery == Delivery::Engine || !current.as_ref().is_ok_and(|builder| builder.is_elsewhere());
    if needs_engine {
        docker.engine_must_answer()?;
    }
    let current = current?;
    let store = needs_engine && has_containerd_store(docker)?;
    if *delivery == Delivery::Engine && image.platforms.len() > 1 && !store {
        bail!(
            "the engine cannot store an image for several platforms\n\
             help: turn on the containerd image store (Docker Desktop: Settings, General), or give one --platform"
        );
    }
    let is_complete = |builder: &Builder| builder.driver != "docker" || store;
    let is_able = |builder: &Builder| is_complete(builder) || !needs_store(image, delivery);
    let builder = match named {
        Some(name) => check_named(docker, name, current, is_able)?,
        None => any(docker, current, is_able)?,
    };
    let writes_files = is_complete(&builder);
    Ok((builder.name, writes_files))
}

/// Whether the docker driver needs containerd's image store.
fn needs_store(image: &Image, delivery: &Delivery) -> bool {
    let writes_files = match delivery {
        Delivery::Archive { .. } => true,
        Delivery::Registry { .. } => image.is_written_first(),
        Delivery::Engine | Delivery::Cells { .. } => false,
    };
    image.platforms.len() > 1 || writes_files
}

/// What `plan` says about a builder that cannot do everything. Nothing if docker does not answer: `dist` reports that.
pub(super) fn note(docker: &Docker, image: &Image, delivery: &Delivery) -> Option<String> {
    let builder = inspect(docker, image.builder.as_deref()).ok()?;
    if builder.driver != "docker" || has_containerd_store(docker).ok()? {
        return None;
    }
    let name = &builder.name;
    match (needs_store(image, delivery), &image.builder) {
        (true, Some(_)) => Some(unable(name)),
        (true, None) => {
            Some(format!("the builder {name} {UNABLE}, so `dist` uses another builder, or creates {OURS}"))
        }
        (false, _) => (*delivery == Delivery::Engine && image.is_only_for_buildx())
            .then(|| format!("the image is verified only after it is loaded: the builder {name} {UNABLE}")),
    }
}

const UNABLE: &str = "cannot build several platforms or write an image to a file: the docker driver needs the containerd image store";

fn unable(name: &str) -> String {
    format!(
        "the builder {name} {UNABLE}\nhelp: turn it on (Docker Desktop: Settings, General), or leave out --builder"
    )
}

fn check_named(
    docker: &Docker,
    name: &str,
    builder: Builder,
    is_able: impl Fn(&Builder) -> bool,
) -> Result<Builder> {
    if !is_able(&builder) {
        bail!(unable(name));
    }
    match start_error(docker, &builder)? {
        None => Ok(builder),
        Some(why) => {
            bail!("the builder {name} does not start: {why}\nhelp: give another, or leave out --builder")
        }
    }
}

/// The current builder, another one, or a new one.
fn any(docker: &Docker, current: Builder, is_able: impl Fn(&Builder) -> bool) -> Result<Builder> {
    let name = current.name.clone();
    let first = std::iter::once(current).filter(|builder| is_able(builder));
    if let Some(builder) = first_that_starts(docker, first)? {
        return Ok(builder);
    }
    let others: Vec<_> = list(docker)?.into_iter().filter(|builder| builder.name != name).collect();
    if let Some(other) = first_that_starts(docker, others.iter().cloned())? {
        terminal::note(format_args!("using the builder {} instead of {name}", other.name));
        return Ok(other);
    }
    // The engine's own builder can build one platform in any case.
    let default =
        inspect(docker, Some("default")).ok().filter(|builder| name != builder.name && is_able(builder));
    if let Some(default) = default {
        terminal::note(format_args!("using the builder {} instead of {name}", default.name));
        return Ok(default);
    }
    if name == OURS || others.iter().any(|builder| builder.name == OURS) {
        bail!(
            "no builder starts\n\
             help: `docker buildx rm {OURS}` removes the builder of this tool, and the next run creates it again"
        );
    }
    create(docker)
}

fn first_that_starts(docker: &Docker, builders: impl Iterator<Item = Builder>) -> Result<Option<Builder>> {
    for builder in builders {
        match start_error(docker, &builder)? {
            None => return Ok(Some(builder)),
            Some(why) => {
                terminal::note(format_args!("the builder {} does not start: {why}", builder.name));
            }
        }
    }
    Ok(None)
}

/// The reason why a builder does not start, if it does not: its image cannot be downloaded, or its machine is gone.
/// Otherwise that would become apparent only after everything has been compiled.
fn start_error(docker: &Docker, builder: &Builder) -> Result<Option<String>> {
    let name = &builder.name;
    // The builder of the engine, which is running.
    if builder.driver == "docker" {
        return Ok(None);
    }
    terminal::step("Starting", format_args!("the builder {name}, unless it is running"));
    let inspect = docker.call(["buildx", "inspect", name, "--bootstrap"]);
    Ok(match process::capture_within(inspect, "start a builder", PATIENCE)? {
        None => Some(format!("it took more than {} s", PATIENCE.as_secs())),
        Some(output) if !output.status.success() => Some(output.tail()),
        Some(output) => node_error(&output.stdout),
    })
}

/// The first error of a node, if no node is running: `buildx inspect` succeeds even then.
fn node_error(text: &str) -> Option<String> {
    let of = |key: &'static str| text.lines().filter_map(move |line| line.trim().strip_prefix(key));
    let is_running = of("Status:").any(|status| status.trim() == "running");
    of("Error:").next().filter(|_| !is_running).map(|error| error.trim().to_owned())
}

/// The name of the builder with this name or, without one, of the current builder.
pub(super) fn named(docker: &Docker, name: Option<&str>) -> Result<String> {
    Ok(inspect(docker, name)?.name)
}

/// Asks for one builder; without a name, for the current one.
fn inspect(docker: &Docker, name: Option<&str>) -> Result<Builder> {
    let output = process::capture(
        docker.call(["buildx", "inspect"].into_iter().chain(name)),
        "ask buildx for its builder",
    )?;
    if !output.status.success() {
        let which = name.map_or("the current builder".to_owned(), |name| format!("the builder {name}"));
        bail!(
            "{which} cannot be used: {}\nhelp: `docker buildx ls` lists the existing builders",
            output.tail()
        );
    }
    parse(&output.stdout)
        .with_context(|| format!("`docker buildx inspect` prints an unknown format:\n{}", output.stdout))
}

fn parse(text: &str) -> Option<Builder> {
    let field =
        |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned());
    Some(Builder { name: field("Name:")?, driver: field("Driver:")? })
}

/// The builders whose drivers can always build several platforms.
fn list(docker: &Docker) -> Result<Vec<Builder>> {
    Ok(parse_list(&process::read(docker.call(["buildx", "ls"]), "list the builders of buildx")?))
}

/// Reads the table of `docker buildx ls`: nodes are indented, and the current builder has a star.
fn parse_list(text: &str) -> Vec<Builder> {
    let builder = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.trim_end_matches('*').to_owned();
        let driver = words.find(|word| *word != "*")?.to_owned();
        Some(Builder { name, driver })
    };
    let is_able = |builder: &Builder| builder.driver == "docker-container" || builder.is_elsewhere();
    text.lines().skip(1).filter(|line| !line.starts_with(' ')).filter_map(builder).filter(is_able).collect()
}

fn create(docker: &Docker) -> Result<Builder> {
    terminal::step("Creating", format_args!("the builder {OURS}, for several platforms"));
    let options = ["--driver=docker-container", "--driver-opt=network=host"];
    let create = docker.call(["buildx", "create", "--name", OURS].into_iter().chain(options));
    process::show(create, "create a builder for several platforms").context(
        "the default builder cannot build several platforms\nhelp: turning on the containerd image store solves that too",
    )?;
    let created = Builder { name: OURS.to_owned(), driver: "docker-container".to_owned() };
    let Some(why) = start_error(docker, &created)? else { return Ok(created) };
    process::capture(docker.call(["buildx", "rm", OURS]), "remove a builder")?;
    bail!(
        "the builder that was created for several platforms does not start, and is removed again: {why}\n\
         help: make sure that the engine can download BuildKit's image (network, proxy), or turn on the containerd image \
         store (Docker Desktop: Settings, General), which does not need it"
    )
}

/// True if the engine keeps images in containerd's store (<https://docs.docker.com/engine/storage/containerd/>).
fn has_containerd_store(docker: &Docker) -> Result<bool> {
    let info = docker.call(["info", "--format", "{{json .DriverStatus}}"]);
    let status = process::read(info, "ask the engine for its image store")?;
    Ok(status.contains("io.containerd.snapshotter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_buildx_is_read() {
        let text = "Name:   default\nDriver: docker\nLast Activity: 2026\n\nNodes:\nName:      default\n";
        assert_eq!(parse(text), Some(Builder { name: "default".into(), driver: "docker".into() }));
        let list = "NAME/NODE          DRIVER/ENDPOINT             STATUS  BUILDKIT PLATFORMS\n\
                    multi *            docker-container\n  multi0 unix:///var/run/docker.sock running v0.13 linux/amd64*\n\
                    other              kubernetes\ndefault            docker\n  default default running v0.12 linux/amd64\n";
        let names: Vec<_> = parse_list(list).into_iter().map(|builder| builder.name).collect();
        assert_eq!(names, ["multi", "other"]);
        assert_eq!(
            parse_list("NAME/NODE DRIVER/ENDPOINT\nmulti*  docker-container\n \\_ multi0 \\_ unix:///x\n")
                .len(),
            1
        );
    }

    #[test]
    fn a_builder_without_a_running_node_has_an_error() {
        let node = |state: &str| format!("Name: multi\nDriver: remote\n\nNodes:\nName: multi0\n{state}\n");
        assert_eq!(node_error(&node("Status:    running")), None);
        assert_eq!(node_error(&node("Error:  no such host")), Some("no such host".to_owned()));
        let both = node("Error: no such host") + "Name: multi1\nStatus: running\n";
        assert_eq!(node_error(&both), None, "the other node can build");
    }
}
