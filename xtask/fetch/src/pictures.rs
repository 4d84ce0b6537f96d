//! Whether there is a picture at an address, and its size.
//!
//! The addresses come from the labels of anyone's image, so only https is used, and little is read.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io::Read as _;

use anyhow::{Result, bail, ensure};
use sixfold_base::pool;
use sixfold_model::published::Picture;

use crate::source::{Address, Source};
use crate::web::{Client, Failure, Policy, Redirects};

/// The largest picture, in bytes. A screenshot of the recommended size has a few million.
const MAX_SIZE: u64 = 32 << 20;
const PARALLEL: usize = 4;

/// Looks at all of them. What fails is part of the answer.
pub(crate) fn look_at(addresses: BTreeSet<String>) -> BTreeMap<String, Picture> {
    let client = Client::new(Policy::of_questions());
    let addresses: Vec<_> = addresses.into_iter().collect();
    let picture = |address: &String| {
        Ok(look(&client, address).unwrap_or_else(|error| Picture::None(first_line(&format!("{error:#}")))))
    };
    let Ok(pictures) = pool::map::<_, _, Infallible>(&addresses, PARALLEL, picture);
    addresses.into_iter().zip(pictures).collect()
}

fn look(client: &Client, address: &str) -> Result<Picture> {
    let content = read(client, &https(address)?)?;
    if let Ok(size) = imagesize::blob_size(&content) {
        ensure!(size.width > 0 && size.height > 0, "it is a picture without any pixels");
        return Ok(Picture::Pixels { width: size.width, height: size.height });
    }
    let text = std::str::from_utf8(&content).unwrap_or_default();
    match roxmltree::Document::parse(text) {
        Ok(document) if document.root_element().has_tag_name(("http://www.w3.org/2000/svg", "svg")) => {
            Ok(Picture::Svg)
        }
        _ => bail!("it is not a picture, but something else"),
    }
}

fn https(address: &str) -> Result<Address> {
    match Source::parse(address)? {
        Source::Web(address) if address.uri().scheme_str() == Some("https") => Ok(address),
        _ => bail!("it does not start with https://"),
    }
}

fn read(client: &Client, address: &Address) -> Result<Vec<u8>> {
    let response = client.get(address, Redirects::SecureOnly).map_err(Failure::into_error)?;
    let mut content = vec![];
    response.into_body().into_reader().take(MAX_SIZE + 1).read_to_end(&mut content)?;
    ensure!(content.len() as u64 <= MAX_SIZE, "it has more than {} MiB", MAX_SIZE >> 20);
    Ok(content)
}

/// Without the help, which is about configurations.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
