//! `cargo ci bench`: the benchmarks, each of two things that are run in turns, and their tables in docs/performance.md.
//!
//! They run on a clone of the last commit in a temporary folder, so that nothing of the working folder is changed but
//! that page. What may be kept between runs (zig and what it has compiled, cargo-zigbuild) stays in `target/bench/`.

mod dist;
mod engines;
mod machine;
mod measure;
mod own_build;
mod page;
mod recorder;
mod sandbox;
mod stopwatch;
mod zigbuild;
mod zigs;

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;

use crate::interrupt;
use crate::section::Section;
use measure::Measured;
use sandbox::Sandbox;

#[derive(clap::Args)]
pub struct Args {
    /// Measure everything in this many turns, what takes seconds in three times as many, and take the medians
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    runs: u8,
    /// Run this benchmark only (repeatable)
    #[arg(long, value_name = "NAME", value_parser = name)]
    only: Vec<String>,
    /// Show the benchmarks and run none
    #[arg(long)]
    list: bool,
}

struct Benchmark {
    /// As in `--only`, and in the markers around its table.
    name: &'static str,
    about: &'static str,
    /// How often it runs for each of `--runs`.
    times: usize,
    /// `None` where it cannot run on this machine.
    run: fn(&Sandbox, usize) -> Result<Option<Measured>>,
}

const ALL: &[Benchmark] = &[
    Benchmark { name: "xtask", about: "the build system's own cold build", times: 1, run: own_build::cold },
    Benchmark {
        name: "cold",
        about: "dist of a fresh clone, against the bare build",
        times: 1,
        run: dist::cold,
    },
    Benchmark { name: "unchanged", about: "dist with nothing changed", times: 3, run: dist::unchanged },
    Benchmark { name: "edited", about: "dist after one edited line", times: 3, run: dist::edited },
    Benchmark {
        name: "engines",
        about: "the image by builtin, against buildx",
        times: 3,
        run: engines::cold,
    },
    Benchmark {
        name: "zigbuild",
        about: "six targets, against cargo zigbuild",
        times: 1,
        run: zigbuild::all,
    },
    Benchmark {
        name: "zigs",
        about: "first links for windows, by several versions of zig",
        times: 1,
        run: zigs::all,
    },
];

/// Stands in for cargo where a benchmark asked for it; `None` in every other process of this program.
pub fn recorder() -> Option<ExitCode> {
    recorder::serve()
}

/// Runs the benchmarks and rewrites their tables.
pub fn run(args: &Args) -> Result<()> {
    if args.list {
        ALL.iter().for_each(|benchmark| println!("{:<10} {}", benchmark.name, benchmark.about));
        return Ok(());
    }
    interrupt::install()?;
    let here = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace =
        here.parent().and_then(Utf8Path::parent).context("the ci crate stands in no workspace")?;
    let sandbox = Sandbox::new(workspace)?;
    for benchmark in ALL.iter().filter(|benchmark| args.wants(benchmark)) {
        let section = Section::new(benchmark.name, benchmark.about);
        let measured = (benchmark.run)(&sandbox, benchmark.times * usize::from(args.runs))?;
        drop(section);
        if let Some(measured) = measured {
            let table = measured.markdown(&machine::describe()?);
            println!("{table}");
            page::replace(&workspace.join("docs/performance.md"), benchmark.name, &table)?;
        }
    }
    Ok(())
}

impl Args {
    fn wants(&self, benchmark: &Benchmark) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == benchmark.name)
    }
}

fn name(text: &str) -> Result<String> {
    if !ALL.iter().any(|benchmark| benchmark.name == text) {
        let names: Vec<_> = ALL.iter().map(|benchmark| benchmark.name).collect();
        bail!("no such benchmark; there are {}", names.join(", "));
    }
    Ok(text.to_owned())
}
