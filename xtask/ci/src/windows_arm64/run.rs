//! Runs binaries on the system, one after the other.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;
use serde::Serialize;

use super::boot::boot;
use super::system::system;

/// A binary and its arguments.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub program: Utf8PathBuf,
    pub args: Vec<String>,
}

/// How a binary ended, and what it wrote.
#[derive(Debug, Serialize)]
pub(super) struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// wine finds the DLLs that it would copy in minutes. Its registry is almost empty: there are no time zones, for instance.
const PREPARE: &str = "mkdir -p prefix/drive_c/windows/temp prefix/dosdevices
ln -s ../drive_c prefix/dosdevices/c:
ln -s / prefix/dosdevices/z:
ln -s /usr/lib/aarch64-linux-gnu/wine/aarch64-windows prefix/drive_c/windows/system32
echo disable >prefix/.update-timestamp
";

/// Runs the binaries. One that takes too long is ended.
pub(super) fn run_all(runs: &[Run]) -> Result<Vec<Ran>> {
    let mut script = PREPARE.to_owned();
    let mut files = Vec::new();
    for (number, Run { program, args }) in runs.iter().enumerate() {
        files.push((format!("{number}.exe"), program.clone()));
        let args: Vec<_> = args.iter().map(|arg| format!("'{}'", arg.replace('\'', r"'\''"))).collect();
        writeln!(script, "timeout 300 wine64 /{number}.exe {} >out 2>err </dev/null", args.join(" "))?;
        writeln!(script, "echo \"=== {number} $? $(hex out) $(hex err)\"")?;
    }
    let shown = boot(&system()?, &script, &files)?;
    (0..runs.len()).map(|number| read(&shown, number)).collect()
}

/// The line about a run: `=== 0 3 6f7574 657272`.
fn read(shown: &str, number: usize) -> Result<Ran> {
    let start = format!("=== {number} ");
    let line = shown.lines().find_map(|line| line.strip_prefix(&start));
    let words: Vec<_> = line.with_context(|| format!("no line `{start}` in:\n{shown}"))?.split(' ').collect();
    let [code, stdout, stderr] = words[..] else { bail!("not three words: {words:?}") };
    Ok(Ran { code: code.parse()?, stdout: text(stdout)?, stderr: text(stderr)? })
}

fn text(hex: &str) -> Result<String> {
    let byte = |pair: &[u8]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    let bytes: Vec<u8> = hex.as_bytes().chunks(2).map(byte).collect::<Result<_>>()?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_code_and_output_are_read_from_the_line_of_the_run() {
        let shown = "=== 0 0  \n=== 1 3 c3a40a 78\n=== end\n";
        let ran = read(shown, 1).unwrap();
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (3, "\u{e4}\n", "x"));
        assert_eq!(read(shown, 0).unwrap().stdout, "");
        assert!(read(shown, 2).is_err());
    }
}
