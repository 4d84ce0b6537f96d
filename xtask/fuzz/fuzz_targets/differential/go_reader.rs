//! Go's reader, in a process of its own.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use crate::Entry;

static GO: LazyLock<Mutex<(ChildStdin, ChildStdout)>> = LazyLock::new(|| {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/go-reader/main.go");
    let mut go = Command::new("go");
    let go = go.args(["run", source]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Child { stdin, stdout, .. } = go.expect("go is on the PATH");
    Mutex::new((stdin.expect("a pipe"), stdout.expect("a pipe")))
});

/// Go's reading, or why Go rejects the archive.
pub(crate) fn read(archive: &[u8]) -> Result<Vec<Entry>, String> {
    let mut go = GO.lock().expect("no thread has panicked");
    let (stdin, stdout) = &mut *go;
    let length = u32::try_from(archive.len()).expect("a short input");
    stdin.write_all(&[&length.to_le_bytes(), archive].concat()).expect("go reads");
    let mut length = [0; 4];
    stdout.read_exact(&mut length).expect("go answers");
    let mut answer = vec![0; u32::from_le_bytes(length) as usize];
    stdout.read_exact(&mut answer).expect("go answers");
    let mut answer = answer.as_slice();
    if take(&mut answer, 1) != Some(&[1]) {
        return Err(String::from_utf8_lossy(answer).into_owned());
    }
    let mut entries = vec![];
    while let Some(kind) = take(&mut answer, 1) {
        let mode = number(&mut answer);
        let [name, target, contents] = [(); 3].map(|()| field(&mut answer));
        entries.push(Entry { kind: kind[0], mode, name, target, contents });
    }
    Ok(entries)
}

fn field(answer: &mut &[u8]) -> Vec<u8> {
    let length = number(answer) as usize;
    take(answer, length).expect("a whole field").to_vec()
}

fn number(answer: &mut &[u8]) -> u32 {
    let bytes = take(answer, 4).expect("a whole number");
    u32::from_le_bytes(bytes.try_into().expect("four bytes"))
}

fn take<'a>(answer: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = answer.split_at_checked(count)?;
    *answer = rest;
    Some(taken)
}
