//! The load commands of a Mach-O file for one architecture.

use std::io::Result;

use object::LittleEndian as LE;
use object::macho::{LoadCommand, LoadCommandType, MachHeader64};

use crate::source::{View, malformed, pod_in};

/// The limit of all load commands together, in bytes: more than in any real program.
const COMMANDS: u32 = 1 << 20;

/// Calls `each` with every load command: its kind, and its bytes.
pub(super) fn each(
    view: View<'_>,
    header: &MachHeader64<LE>,
    each: &mut dyn FnMut(LoadCommandType, &[u8]) -> Result<()>,
) -> Result<()> {
    if header.sizeofcmds.get(LE) > COMMANDS {
        return Err(malformed("its load commands are larger than in any real program"));
    }
    let bytes = view.bytes(size_of::<MachHeader64<LE>>() as u64, header.sizeofcmds.get(LE).into())?;
    let mut at = 0;
    for _ in 0..header.ncmds.get(LE) {
        let command: LoadCommand<LE> = pod_in(&bytes, at)?;
        let size = command.cmdsize.get(LE) as usize;
        let end = at.saturating_add(size.max(size_of_val(&command)));
        let body = bytes.get(at..end).ok_or_else(|| malformed("a load command is cut off"))?;
        each(command.cmd.get(LE), body)?;
        at = end;
    }
    Ok(())
}
