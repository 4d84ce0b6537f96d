//! Downloads one file.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};

use anyhow::{Context as _, Error, Result, anyhow};
use ureq::Body;
use ureq::http::{Response, header};

use super::client::{Client, Redirects};
use super::failure::Failure;
use super::retry;
use crate::reporter::Reporter;
use crate::source::Address;

/// The largest download, in bytes. A response that never ends must not fill the disk.
const MAX_SIZE: u64 = 4 << 30;
const CHUNK: usize = 128 * 1024;

/// Downloads into `file`, which `verify` then reads. Returns what `verify` returns. Every attempt starts over.
pub(crate) fn download<T>(
    client: &Client,
    address: &Address,
    redirects: Redirects,
    file: &File,
    reporter: &mut Reporter<'_>,
    verify: impl Fn(&File) -> Result<T>,
) -> Result<T> {
    reporter.started(address);
    retry::run(client.policy(), reporter, |reporter| {
        let response = client.get(address, redirects)?;
        let is_delimited = is_delimited(&response);
        receive(response, file, reporter)?;
        match verify(file) {
            Err(error) if !is_delimited => Err(Failure::Transient { error, retry_after: None }),
            result => Ok(result?),
        }
    })
    .with_context(|| format!("cannot download {address}"))
}

/// True if the response tells where its body ends. If not, a broken connection looks like the end.
fn is_delimited(response: &Response<Body>) -> bool {
    response.body().content_length().is_some() || response.headers().contains_key(header::TRANSFER_ENCODING)
}

fn receive(response: Response<Body>, mut file: &File, reporter: &mut Reporter<'_>) -> Result<(), Failure> {
    file.rewind().and_then(|()| file.set_len(0)).map_err(Error::from)?;
    let total = response.body().content_length();
    let mut reader = response.into_body().into_reader();
    let mut chunk = vec![0; CHUNK];
    let mut received = 0;
    loop {
        let bytes = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => chunk.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken_off(error, received, total)),
        };
        received += bytes.len() as u64;
        if received > MAX_SIZE {
            let limit = MAX_SIZE >> 30;
            return Err(anyhow!(
                "the download is larger than {limit} GiB\nhelp: check `url` in the configuration"
            )
            .into());
        }
        file.write_all(bytes).map_err(Error::from)?;
        reporter.progress(received, total);
    }
    if total.is_some_and(|total| total != received) {
        return Err(broken_off(ErrorKind::UnexpectedEof.into(), received, total));
    }
    Ok(())
}

fn broken_off(error: io::Error, received: u64, total: Option<u64>) -> Failure {
    let of_total = total.map(|total| format!(" of {total}")).unwrap_or_default();
    match Failure::from(ureq::Error::from(error)) {
        Failure::Transient { error, retry_after } => {
            Failure::Transient { error: anyhow!("{error:#}, after {received}{of_total} bytes"), retry_after }
        }
        permanent => permanent,
    }
}
