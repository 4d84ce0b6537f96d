//! `cargo ci bench`: benchmarks that compare two things, which run alternately, and their tables in docs/performance.md.
//!
//! They run in a clone of the last commit in a temporary folder, so that page is the only file of the working folder that
//! changes. What can be reused by the next run (zig, its compiled runtime, cargo-zigbuild) is kept in `target/bench/`.

mod dist;
mod engines;
mod machine;
mod own_build;
mod page;
mod recorder;
mod sandbox;
mod stopwatch;
mod table;
mod times;
mod windows;
mod zigbuild;
mod zigs;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::section::Section;
use crate::{interrupt, workspace};
use sandbox::Sandbox;
use table::Measured;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Repeat each measurement this many times, and short ones three times as often, and take the medians
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    runs: u8,
    /// Run only this benchmark (repeatable)
    #[arg(long, value_name = "NAME", value_parser = name)]
    only: Vec<String>,
    /// List the benchmarks without running them
    #[arg(long)]
    list: bool,
}

struct Benchmark {
    /// Used by `--only` and in the markers around its table.
    name: &'static str,
    about: &'static str,
    /// How often it is repeated for each of `--runs`.
    repeats: usize,
    /// Returns `None` if it cannot run on this machine.
    run: fn(&Sandbox, usize) -> Result<Option<Measured>>,
}

const ALL: &[Benchmark] = &[
    Benchmark {
        name: "xtask",
        about: "cold build of the build system itself",
        repeats: 1,
        run: own_build::cold,
    },
    Benchmark {
        name: "cold",
        about: "dist in a fresh clone, compared with the bare build",
        repeats: 1,
        run: dist::cold,
    },
    Benchmark { name: "unchanged", about: "dist with nothing changed", repeats: 3, run: dist::unchanged },
    Benchmark { name: "edited", about: "dist after editing one line", repeats: 3, run: dist::edited },
    Benchmark {
        name: "engines",
        about: "writing the image with builtin, compared with buildx",
        repeats: 3,
        run: engines::cold,
    },
    Benchmark {
        name: "zigbuild",
        about: "six targets, compared with cargo zigbuild",
        repeats: 1,
        run: zigbuild::all,
    },
    Benchmark {
        name: "windows",
        about: "Windows by rust-lld, compared with zig: first link, later links, and a fresh clone",
        repeats: 1,
        run: windows::all,
    },
    Benchmark {
        name: "zigs",
        about: "first links for Windows with several versions of zig",
        repeats: 1,
        run: zigs::all,
    },
];

/// Acts as cargo if a benchmark has asked for it. `None` in every other process of this program.
pub(crate) fn run_as_recorder() -> Option<ExitCode> {
    recorder::run()
}

/// Runs the benchmarks and rewrites their tables.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.list {
        ALL.iter().for_each(|benchmark| println!("{:<10} {}", benchmark.name, benchmark.about));
        return Ok(());
    }
    interrupt::install()?;
    let sandbox = Sandbox::new(workspace::root())?;
    for benchmark in ALL.iter().filter(|benchmark| args.includes(benchmark)) {
        let section = Section::new(benchmark.name, benchmark.about);
        let measured = (benchmark.run)(&sandbox, benchmark.repeats * usize::from(args.runs))?;
        drop(section);
        if let Some(measured) = measured {
            let table = measured.markdown(&machine::describe()?);
            println!("{table}");
            page::replace(&workspace::root().join("docs/performance.md"), benchmark.name, &table)?;
        }
    }
    Ok(())
}

impl Args {
    fn includes(&self, benchmark: &Benchmark) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == benchmark.name)
    }
}

fn name(text: &str) -> Result<String> {
    if !ALL.iter().any(|benchmark| benchmark.name == text) {
        let names: Vec<_> = ALL.iter().map(|benchmark| benchmark.name).collect();
        bail!("there is no such benchmark; the benchmarks are {}", names.join(", "));
    }
    Ok(text.to_owned())
}
