//! `check --published`: what users get from a registry.

use anyhow::Result;

use sixfold_base::heartbeat::Heartbeat;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_inspect::check::report::Report;
use sixfold_inspect::report::Format;
use sixfold_inspect::{inspection, published, pushed};
use sixfold_model::published::Question;
use sixfold_model::reference::Tagged;
use sixfold_project::registry;

/// Reads the image, asks for the rest, and prints all findings. Returns [`Outcome::Problems`] if there are errors or warnings.
pub(super) fn check(image: &Tagged, format: Format) -> Result<Outcome> {
    let name = image.to_string();
    let waiting = format!("for the contents of {name}");
    let heartbeat = Heartbeat::start(move || waiting.clone());
    let found = pushed(&name, None)?;
    drop(heartbeat);
    let question = Question { image: name.clone(), pictures: published::pictures(&found.labels) };
    let answers = registry::published(&question, Lookup::default())?;
    let signatures = registry::signatures(&name, Lookup::default())?;
    let mut findings = published::check(&image.tag, &found.labels, &answers);
    findings.extend(inspection::check_signatures(&signatures));
    findings.extend(found.findings);
    inspection::sort(&mut findings);
    let report = Report { folder: &name, findings, fixed: vec![] };
    terminal::answer(&report.render(format)?)?;
    Ok(Outcome::problems_if(report.problems().next().is_some()))
}
