//! A named part of the output. Its elapsed time is printed when it goes out of scope, after an error too.

use std::time::{Duration, Instant};

/// Prints its name when it is created and its elapsed time when it is dropped. On GitHub Actions it is a group that can be
/// folded.
pub(crate) struct Section {
    name: &'static str,
    start: Instant,
    on_github: bool,
}

impl Section {
    pub(crate) fn new(name: &'static str, about: &str) -> Section {
        let on_github = std::env::var_os("GITHUB_ACTIONS").is_some();
        if on_github {
            eprintln!("::group::{name}: {about}");
        } else {
            eprintln!("\n== {name}: {about}");
        }
        Section { name, start: Instant::now(), on_github }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        eprintln!("== {}: {:.2} s", self.name, self.elapsed().as_secs_f64());
        if self.on_github {
            eprintln!("::endgroup::");
        }
    }
}
