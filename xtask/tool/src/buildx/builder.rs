//! Which builder buildx uses: one that can do several platforms.
//!
//! The `docker` driver can, when the engine keeps images in containerd's store; every other driver can. Where the
//! current builder cannot, or does not start, an existing one that can is taken; where there is none, one is made, as the
//! Makefile of Docker's own extension template does.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use sixfold_base::{process, terminal};
use sixfold_project::plan::{Delivery, Plan};

/// The name in the Makefile of Docker's template, so that its users keep one builder.
const MADE: &str = "buildx-multi-arch";

/// A builder's image may have to be fetched first.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Builder {
    name: String,
    driver: String,
}

/// The builder to use: `named`, which must be able to do what the plan asks, or one that is. It runs by then.
pub(super) fn choose(sh: &Shell, named: Option<&str>, plan: &Plan) -> Result<String> {
    let store = has_containerd_store(sh)?;
    let several = plan.platforms.len() > 1;
    if plan.delivery == Delivery::Engine && several && !store {
        bail!(
            "the engine cannot hold an image of several platforms: turn on the containerd image store (Docker Desktop: \
             Settings, General), or give one --platform"
        );
    }
    let needs_store = several || matches!(plan.delivery, Delivery::Archive { .. });
    let is_able = |builder: &Builder| builder.driver != "docker" || store || !needs_store;
    let current = inspect(sh, named)?;
    match named {
        Some(name) => must_do(sh, name, &current, is_able(&current)),
        None => any(sh, current, is_able),
    }
}

fn must_do(sh: &Shell, name: &str, builder: &Builder, is_able: bool) -> Result<String> {
    if !is_able {
        bail!(
            "the builder {name} cannot build several platforms: the docker driver needs the containerd image store \
             (Docker Desktop: Settings, General); turn it on, or leave out --builder"
        );
    }
    match fault(sh, builder)? {
        None => Ok(builder.name.clone()),
        Some(why) => {
            bail!("the builder {name} does not start: give another, or leave out --builder\n{why}")
        }
    }
}

/// The current builder, another, or a new one.
fn any(sh: &Shell, current: Builder, is_able: impl Fn(&Builder) -> bool) -> Result<String> {
    let name = current.name.clone();
    let first = std::iter::once(current).filter(|builder| is_able(builder));
    if let Some(builder) = first_that_starts(sh, first)? {
        return Ok(builder.name);
    }
    let others: Vec<_> = list(sh)?.into_iter().filter(|builder| builder.name != name).collect();
    if let Some(other) = first_that_starts(sh, others.iter().cloned())? {
        terminal::note(format_args!("using the builder {} instead of {name}", other.name));
        return Ok(other.name);
    }
    // The engine's own can do one platform, whatever it cannot.
    let default =
        inspect(sh, Some("default")).ok().filter(|builder| name != builder.name && is_able(builder));
    if let Some(default) = default {
        terminal::note(format_args!("using the builder {} instead of {name}", default.name));
        return Ok(default.name);
    }
    if name == MADE || others.iter().any(|builder| builder.name == MADE) {
        bail!(
            "no builder starts: `docker buildx rm {MADE}` removes that of this tool, and the next run makes it again"
        );
    }
    create(sh)
}

fn first_that_starts(sh: &Shell, builders: impl Iterator<Item = Builder>) -> Result<Option<Builder>> {
    for builder in builders {
        match fault(sh, &builder)? {
            None => return Ok(Some(builder)),
            Some(why) => {
                terminal::note(format_args!("the builder {} does not start: {why}", builder.name));
            }
        }
    }
    Ok(None)
}

/// Why a builder does not start, if it does not: its image cannot be fetched, its machine is gone. Otherwise that would
/// show only after everything has been compiled.
fn fault(sh: &Shell, builder: &Builder) -> Result<Option<String>> {
    let name = &builder.name;
    // That of the engine, which has answered.
    if builder.driver == "docker" {
        return Ok(None);
    }
    terminal::step("Starting", format_args!("the builder {name}, unless it runs"));
    let cmd = cmd!(sh, "docker buildx inspect {name} --bootstrap");
    Ok(match process::capture_within(cmd, "start a builder", PATIENCE)? {
        None => Some(format!("it took more than {} s", PATIENCE.as_secs())),
        Some(output) if !output.status.success() => Some(output.tail()),
        Some(output) => fault_of_nodes(&output.stdout),
    })
}

/// The first error of a node, where none runs: `buildx inspect` does not take that for a failure.
fn fault_of_nodes(text: &str) -> Option<String> {
    let of = |key: &'static str| text.lines().filter_map(move |line| line.trim().strip_prefix(key));
    let runs = of("Status:").any(|status| status.trim() == "running");
    of("Error:").next().filter(|_| !runs).map(|error| error.trim().to_owned())
}

/// Asks for one builder; without a name, for the current one.
fn inspect(sh: &Shell, name: Option<&str>) -> Result<Builder> {
    let output = process::capture(cmd!(sh, "docker buildx inspect {name...}"), "ask buildx for its builder")?;
    if !output.status.success() {
        let which = name.unwrap_or("that is current");
        bail!(
            "the builder {which} cannot be used; `docker buildx ls` shows those that there are\n{}",
            output.tail()
        );
    }
    parse(&output.stdout)
        .with_context(|| format!("`docker buildx inspect` answers in an unknown form:\n{}", output.stdout))
}

fn parse(text: &str) -> Option<Builder> {
    let field =
        |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned());
    Some(Builder { name: field("Name:")?, driver: field("Driver:")? })
}

/// The builders of drivers that can always do several platforms.
fn list(sh: &Shell) -> Result<Vec<Builder>> {
    Ok(parse_list(&process::read(cmd!(sh, "docker buildx ls"), "list the builders of buildx")?))
}

/// Reads the table of `docker buildx ls`: nodes are indented, the current builder has a star.
fn parse_list(text: &str) -> Vec<Builder> {
    let builder = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.trim_end_matches('*').to_owned();
        let driver = words.find(|word| *word != "*")?.to_owned();
        Some(Builder { name, driver })
    };
    let is_able = |builder: &Builder| {
        matches!(builder.driver.as_str(), "docker-container" | "kubernetes" | "remote" | "cloud")
    };
    text.lines().skip(1).filter(|line| !line.starts_with(' ')).filter_map(builder).filter(is_able).collect()
}

fn create(sh: &Shell) -> Result<String> {
    terminal::step("Creating", format_args!("the builder {MADE}, for several platforms"));
    let cmd =
        cmd!(sh, "docker buildx create --name {MADE} --driver=docker-container --driver-opt=network=host");
    process::show(cmd, "make a builder for several platforms")
        .context("the default builder cannot do several platforms; turning on the containerd image store mends that too")?;
    let made = Builder { name: MADE.to_owned(), driver: "docker-container".to_owned() };
    let Some(why) = fault(sh, &made)? else { return Ok(made.name) };
    process::capture(cmd!(sh, "docker buildx rm {MADE}"), "remove a builder")?;
    bail!(
        "the builder that was made for several platforms does not start, and is removed again: see to it that the engine \
         can fetch BuildKit's image (network, proxy), or turn on the containerd image store (Docker Desktop: Settings, \
         General), which needs none\n{why}"
    )
}

/// Whether the engine keeps images in containerd's store (<https://docs.docker.com/engine/storage/containerd/>).
fn has_containerd_store(sh: &Shell) -> Result<bool> {
    let format = "{{json .DriverStatus}}";
    let status =
        process::read(cmd!(sh, "docker info --format {format}"), "ask the engine for its image store")?;
    Ok(status.contains("io.containerd.snapshotter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_buildx_are_read() {
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
    fn a_builder_without_a_running_node_says_why() {
        let node = |state: &str| format!("Name: multi\nDriver: remote\n\nNodes:\nName: multi0\n{state}\n");
        assert_eq!(fault_of_nodes(&node("Status:    running")), None);
        assert_eq!(fault_of_nodes(&node("Error:  no such host")), Some("no such host".to_owned()));
        let both = node("Error: no such host") + "Name: multi1\nStatus: running\n";
        assert_eq!(fault_of_nodes(&both), None, "the other node can build");
    }
}
