//! The report of an inspection: as text, JSON and Markdown.

mod json;
mod markdown;
mod text;

use clap::ValueEnum;

use crate::inspection::Inspection;

/// The output formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
    Markdown,
}

impl Inspection {
    /// The whole report, ending with a newline. Text has colours, which an `anstream` removes if they are not wanted.
    pub fn render(&self, format: Format) -> anyhow::Result<String> {
        Ok(match format {
            Format::Text => text::render(self),
            Format::Json => json::render(self)?,
            Format::Markdown => markdown::render(self),
        })
    }
}
