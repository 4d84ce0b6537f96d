//! Signs the image after it was pushed by its digest, before it gets a tag.

use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};

use sixfold_base::lookup::Lookup;
use sixfold_base::{interrupt, terminal};
use sixfold_project::plan::Signing;
use sixfold_project::registry;

use super::command::Call;
use super::secrets::Secrets;

/// Signs the image `name` (`repository@digest`).
///
/// Fails when the command fails or takes too long, and when the registry has no signature for this digest afterwards. The image is
/// in the registry then, without a tag.
pub(crate) fn sign(signing: &Signing, name: &str, lookup: Lookup) -> Result<()> {
    let Some(command) = signing.image() else { return Ok(()) };
    let (start, program) = (Instant::now(), command.program());
    terminal::step("Signing", format_args!("{name} with `{program}`"));
    let unsigned = format!("{name} is pushed without a tag, but not signed");
    interrupt::advise(format!("{unsigned}: push again"));
    let call = || {
        let secrets = Secrets::new(signing)?;
        Call { what: "the image", key: "image", command, subject: name, out: "".into() }
            .run(signing, &secrets)
    };
    call().with_context(|| unsigned.clone())?;
    let help = format!("help: correct `image` in {}, and push again", signing.table());
    let found = registry::signatures(name, lookup).with_context(|| unsigned.clone())?;
    let found = found.map_err(|why| {
        anyhow!("{name} is pushed without a tag, and it is unknown whether it is signed: {why}\n{help}")
    })?;
    ensure!(
        found.has_signature(),
        "{unsigned}: `{program}` succeeded, but the registry has no signature for this digest\n{help}"
    );
    terminal::step(
        "Signed",
        format_args!("the image in {}; the key was not verified", terminal::elapsed(start)),
    );
    Ok(())
}
