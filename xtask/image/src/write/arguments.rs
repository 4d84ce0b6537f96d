//! The arguments of ARG and EXPOSE.

use std::collections::BTreeMap;

use crate::dockerfile::{Problem, invalid, unsupported};
use crate::oci::Empty;

/// Rejects an ARG that would hide BuildKit's value, since every platform would get the same files, and one whose value
/// depends on the machine that builds.
pub(super) fn check_argument(name: &str, has_default: bool) -> Result<(), Problem> {
    match name {
        "" => invalid("an ARG has no name"),
        "TARGETPLATFORM" | "TARGETOS" | "TARGETARCH" | "TARGETVARIANT" if has_default => invalid(format!(
            "this ARG hides the {name} that BuildKit sets, so every platform's image gets the same files\nhelp: write \
             `ARG {name}` after FROM, without a default"
        )),
        "TARGETSTAGE" | "TARGETOSVERSION" | "SOURCE_DATE_EPOCH" => {
            unsupported(format!("the value of {name} depends on the engine"))
        }
        "BUILDPLATFORM" | "BUILDOS" | "BUILDARCH" | "BUILDVARIANT" => unsupported(format!(
            "{name} describes the machine that builds, not the image (which {} describes)",
            name.replacen("BUILD", "TARGET", 1)
        )),
        _ => Ok(()),
    }
}

/// Reads `80`, `80/udp` or `8000-8002`. Without a protocol it is tcp.
pub(super) fn expose_port(ports: &mut BTreeMap<String, Empty>, text: &str) -> Result<(), Problem> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let protocol = protocol.to_lowercase();
    match (first.parse::<u16>(), last.parse::<u16>(), protocol.as_str()) {
        (Ok(first), Ok(last), "tcp" | "udp" | "sctp") if first <= last => {
            ports.extend((first..=last).map(|port| (format!("{port}/{protocol}"), Empty {})));
            Ok(())
        }
        _ => invalid(format!("`{text}` is not a port\nhelp: write for example 80 or 80/udp")),
    }
}
