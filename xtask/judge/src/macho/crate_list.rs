//! Finds the list of crates in a Mach-O file for one architecture.

use std::io::Result;

use object::LittleEndian as LE;
use object::macho::{LC_SEGMENT_64, MachHeader64, Section64, SegmentCommand64};

use super::commands;
use crate::crates;
use crate::source::{View, pod_in};

/// The list of crates.
pub(crate) fn crate_list(view: View<'_>) -> Result<crates::Place> {
    let header: MachHeader64<LE> = view.pod(0)?;
    let mut found = vec![];
    commands::each(view, &header, &mut |command, body| {
        if command == LC_SEGMENT_64 {
            let segment: SegmentCommand64<LE> = pod_in(body, 0)?;
            let size = size_of::<Section64<LE>>();
            let sections = body.get(size_of_val(&segment)..).unwrap_or_default().chunks_exact(size);
            for section in sections.take(segment.nsects.get(LE) as usize) {
                let section: Section64<LE> = pod_in(section, 0)?;
                if crates::is_named(&section.sectname) {
                    found.push((section.offset.get(LE).into(), section.size.get(LE)));
                }
            }
        }
        Ok(())
    })?;
    crates::only(found.into_iter())
}
