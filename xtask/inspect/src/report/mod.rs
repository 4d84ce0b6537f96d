//! An inspection as output: text, JSON and Markdown.

mod json;
mod markdown;
mod text;

use clap::ValueEnum;

use super::Inspection;

/// The forms of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
    Markdown,
}

impl Inspection {
    /// The whole report, ending with a new line. Text has colours, which an `anstream` strips where they are not wanted.
    pub fn render(&self, format: Format) -> anyhow::Result<String> {
        Ok(match format {
            Format::Text => text::render(self),
            Format::Json => json::render(self)?,
            Format::Markdown => markdown::render(self),
        })
    }
}
