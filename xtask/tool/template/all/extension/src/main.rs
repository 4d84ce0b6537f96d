//! The host binary: it runs on the user's machine, outside of Docker. What it prints is its answer to the UI.

use std::env::consts::{ARCH, OS};
use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    writeln!(io::stdout(), "{}", greeting())
}

fn greeting() -> String {
    format!("Hello from {OS} on {ARCH}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_names_the_machine() {
        assert_eq!(greeting(), format!("Hello from {OS} on {ARCH}"));
    }
}
