//! One download into a partial file, resumed where it broke off.
//!
//! Invariant: a partial file holds the first bytes of one version of a file. It is resumed only when the server confirms
//! that it still has that version (`If-Range` with what the server called it); otherwise it starts over.

use std::io::{ErrorKind, Read as _, Write as _};

use anyhow::{Context as _, Error, Result, anyhow};
use ureq::Body;
use ureq::http::{HeaderMap, HeaderName, Response, StatusCode, header};

use super::client::{Client, Rest, Way};
use super::retry::until_done;
use super::trouble::Trouble;
use crate::cache::{Origin, Partial};
use crate::source::Address;
use crate::watch::Watch;

/// The largest download, in bytes. An answer that never ends must not fill the disk.
const LARGEST: u64 = 4 << 30;
const CHUNK: usize = 128 * 1024;

/// How a whole download came.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// In one answer, of a length that the server told: what is wrong with it now is wrong at the server.
    pub in_one_piece: bool,
}

/// Brings the whole file, on from what is there of it.
pub fn download(
    client: &Client,
    address: &Address,
    way: Way,
    partial: &Partial,
    watch: &mut Watch<'_>,
) -> Result<Arrival> {
    watch.started(address);
    let here = partial.origin(&address.fingerprint()).map_or(0, |_| partial.len());
    until_done(client.patience(), here, watch, |watch| {
        attempt(client, address, way, partial, watch).map_err(|trouble| (trouble, partial.len()))
    })
    .with_context(|| format!("cannot download {address}"))
}

fn attempt(
    client: &Client,
    address: &Address,
    way: Way,
    partial: &Partial,
    watch: &mut Watch<'_>,
) -> Result<Arrival, Trouble> {
    let from = partial.len();
    let known = partial.origin(&address.fingerprint()).filter(|_| from > 0);
    let response =
        client.ask(address, way, known.as_ref().map(|origin| Rest { from, of: &origin.version }))?;
    let total = match (response.status(), &known) {
        (StatusCode::OK, _) => begin(address, partial, response.headers())?,
        (StatusCode::PARTIAL_CONTENT, Some(origin)) => {
            rest_of(response.headers(), from, origin.total).inspect_err(|_| partial.forget())?
        }
        // The file is a shorter one now, or what is here is all of it and was not seen to be.
        (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => {
            partial.forget();
            return Err(Trouble::passing("the server has no rest of this file"));
        }
        (status, _) => return Err(Trouble::of_status(status, response.headers())),
    };
    let is_resumed = response.status() == StatusCode::PARTIAL_CONTENT;
    let is_delimited = total.is_some() || response.headers().contains_key(header::TRANSFER_ENCODING);
    receive(response, total, partial, watch)?;
    Ok(Arrival { in_one_piece: is_delimited && !is_resumed })
}

/// An answer with the whole file: empties the partial file. Gives the length, where the server tells it.
fn begin(address: &Address, partial: &Partial, headers: &HeaderMap) -> Result<Option<u64>> {
    let total = text(headers, header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let origin = |version| Origin { address: address.fingerprint(), version, total };
    partial.restart(version(headers).map(origin))?;
    Ok(total)
}

/// An answer with the rest of a file, which has to fit what is here. Gives the length of the whole.
fn rest_of(headers: &HeaderMap, from: u64, told: Option<u64>) -> Result<Option<u64>, Trouble> {
    let range = text(headers, header::CONTENT_RANGE).unwrap_or_default();
    match content_range(&range) {
        Some((start, total)) if start == from && (told.is_none() || total.is_none() || told == total) => {
            Ok(total.or(told))
        }
        _ => Err(Trouble::passing(format_args!("the server sends another part than asked for ({range})"))),
    }
}

fn receive(
    response: Response<Body>,
    total: Option<u64>,
    partial: &Partial,
    watch: &mut Watch<'_>,
) -> Result<(), Trouble> {
    let mut file = partial.append()?;
    let mut length = partial.len();
    let mut reader = response.into_body().into_reader();
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken_off(error.into(), length, total)),
        };
        length += count as u64;
        if length > LARGEST {
            partial.forget();
            return Err(Trouble::Final(anyhow!("it has more than {} GiB: mend `url`", LARGEST >> 30)));
        }
        file.write_all(&chunk[..count]).map_err(Error::from)?;
        watch.reached(length, total);
    }
    file.sync_all().map_err(Error::from)?;
    if total.is_some_and(|total| total != length) {
        return Err(broken_off(std::io::Error::from(ErrorKind::UnexpectedEof).into(), length, total));
    }
    Ok(())
}

fn broken_off(error: ureq::Error, length: u64, total: Option<u64>) -> Trouble {
    let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
    match Trouble::from(error) {
        Trouble::Passing { error, after } => {
            Trouble::Passing { error: anyhow!("{error:#}, after {length}{of} bytes"), after }
        }
        lasting => lasting,
    }
}

/// What the server calls this version of the file. A weak tag does not vouch for the very bytes.
fn version(headers: &HeaderMap) -> Option<String> {
    text(headers, header::ETAG)
        .filter(|tag| tag.starts_with('"'))
        .or_else(|| text(headers, header::LAST_MODIFIED))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(|value| value.trim().to_owned())
}

/// First byte and length of the whole, of `bytes 5-9/10`; the length may be `*`.
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((start.parse().ok()?, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_an_answer_is_read() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for wrong in ["", "bytes */10", "bytes 5-9", "items 5-9/10", "bytes x-9/10", "bytes 5-9/x"] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_weak_tag_names_no_version() {
        let headers = |pairs: &[(HeaderName, &str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
        };
        let date = "Mon, 23 Nov 2026 12:00:00 GMT";
        let weak = headers(&[(header::ETAG, "W/\"1\""), (header::LAST_MODIFIED, date)]);
        assert_eq!(version(&weak).as_deref(), Some(date));
        assert_eq!(version(&headers(&[(header::ETAG, "\"1\"")])).as_deref(), Some("\"1\""));
        assert_eq!(version(&headers(&[(header::ETAG, "W/\"1\"")])), None);
    }
}
