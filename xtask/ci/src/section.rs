//! A named part of the output, closed by its elapsed time when it goes out of scope, whatever the way out.

use std::time::{Duration, Instant};

/// Prints its name when made and the time it took when dropped; a foldable group on GitHub Actions.
pub struct Section {
    name: &'static str,
    start: Instant,
    github: bool,
}

impl Section {
    pub fn new(name: &'static str, about: &str) -> Section {
        let github = std::env::var_os("GITHUB_ACTIONS").is_some();
        match github {
            true => eprintln!("::group::{name}: {about}"),
            false => eprintln!("\n== {name}: {about}"),
        }
        Section { name, start: Instant::now(), github }
    }

    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        eprintln!("== {}: {:.2} s", self.name, self.elapsed().as_secs_f64());
        if self.github {
            eprintln!("::endgroup::");
        }
    }
}
