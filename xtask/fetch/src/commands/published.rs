//! `fetch published`: answers a question about a published image.

use std::io::{read_to_string, stdin};

use anyhow::{Context as _, Result};
use sixfold_base::terminal;
use sixfold_model::published::{Answers, Question};

use crate::{pictures, registry};

#[derive(clap::Args)]
pub(crate) struct Published;

impl Published {
    pub(crate) fn run(self) -> Result<()> {
        let text = read_to_string(stdin()).context("cannot read the question")?;
        let question: Question = serde_json::from_str(&text).context("cannot parse the question")?;
        let tags = registry::tags(&question.image)?.map_err(|error| format!("{error:#}"));
        let pictures = pictures::look_at(question.pictures);
        terminal::answer(&serde_json::to_string(&Answers { tags, pictures })?)
    }
}
