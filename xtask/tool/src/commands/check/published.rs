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
use sixfold_model::reference::{Repository, Tag, shown};
use sixfold_project::registry;

/// An image with the tag that users should get.
#[derive(Clone, Debug)]
pub(super) struct Image {
    repository: Repository,
    tag: Tag,
}

impl Image {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let colon = text.rfind(':').filter(|at| !text[*at..].contains('/'));
        let (repository, tag) = colon.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
        let repository: Repository = repository.parse()?;
        if tag.is_empty() {
            return Err(format!(
                "`{}` has no tag\nhelp: add the version, as in `you/your-extension:1.0.0`",
                shown(text)
            ));
        }
        Ok(Self { repository, tag: tag.parse()? })
    }

    /// Reads the image, asks for the rest, and prints all findings. Returns [`Outcome::Problems`] if there are errors or warnings.
    pub(super) fn check(&self, format: Format) -> Result<Outcome> {
        let name = self.repository.tagged(&self.tag);
        let waiting = format!("for the contents of {name}");
        let heartbeat = Heartbeat::start(move || waiting.clone());
        let found = pushed(&name, None)?;
        drop(heartbeat);
        let question = Question { image: name.clone(), pictures: published::pictures(&found.labels) };
        let answers = registry::published(&question, Lookup::default())?;
        let mut findings = published::check(&self.tag, &found.labels, &answers);
        findings.extend(found.findings);
        inspection::sort(&mut findings);
        let report = Report { folder: &name, findings, fixed: vec![] };
        terminal::answer(&report.render(format)?)?;
        Ok(Outcome::problems_if(report.problems().next().is_some()))
    }
}
