//! Which builder buildx uses: one that can do several platforms.
//!
//! The `docker` driver can, when the engine keeps images in containerd's store; every other driver can. Where the
//! current builder cannot, an existing one that can is taken; where there is none, one is made, as the Makefile of
//! Docker's own extension template does.

use anyhow::{Context as _, Result, bail};
use xshell::{Shell, cmd};

use crate::plan::{Delivery, Plan};
use crate::{process, terminal};

/// The name in the Makefile of Docker's template, so that its users keep one builder.
const MADE: &str = "buildx-multi-arch";

#[derive(Clone, Debug, PartialEq, Eq)]
struct Builder {
    name: String,
    driver: String,
}

/// The builder to use: `named`, which must be able to do what the plan asks, or one that is.
pub fn choose(sh: &Shell, named: Option<&str>, plan: &Plan) -> Result<String> {
    let store = has_containerd_store(sh)?;
    let several = plan.platforms.len() > 1;
    if plan.delivery == Delivery::Engine && several && !store {
        bail!(
            "the engine cannot hold an image of several platforms: turn on the containerd image store (Docker Desktop: \
             Settings, General), or give one --platform"
        );
    }
    let needs_store = several || matches!(plan.delivery, Delivery::Archive { .. });
    let able = |builder: &Builder| builder.driver != "docker" || store || !needs_store;
    let current = inspect(sh, named)?;
    if able(&current) {
        return Ok(current.name);
    }
    if let Some(name) = named {
        bail!(
            "the builder {name} cannot build several platforms: the docker driver needs the containerd image store \
             (Docker Desktop: Settings, General); turn it on, or leave out --builder"
        );
    }
    if let Some(other) = list(sh)?.into_iter().find(able) {
        terminal::note(format_args!(
            "using the builder {}: {} cannot do several platforms",
            other.name, current.name
        ));
        return Ok(other.name);
    }
    create(sh)
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
    Ok(MADE.to_owned())
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
}
