//! The forms that evidence is handed out in.

use std::fmt;
use std::str::FromStr;

use super::document::{Document, DocumentError};
use super::html::{self, HtmlError};
use super::{oscal, tap};
use crate::quote::quoted;

/// A form of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The document itself; all others are made of it.
    Json,
    /// One page for people.
    Html,
    /// OSCAL assessment results, for tools of compliance.
    Oscal,
    /// The Test Anything Protocol, for CI.
    Tap,
}

/// Not the name of a [`Format`]; holds what was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format of evidence {}: it is json, html, oscal or tap", quoted(.0))]
pub struct UnknownFormat(pub String);

/// Why a document can't be rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The report contradicts itself or has no canonical form.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The page could not be made.
    #[error(transparent)]
    Html(#[from] HtmlError),
}

impl Format {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Json, Self::Html, Self::Oscal, Self::Tap];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Oscal => "oscal",
            Self::Tap => "tap",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A document in one of its forms.
///
/// # Errors
/// [`RenderError`].
pub fn render(format: Format, document: &Document) -> Result<String, RenderError> {
    document.report.check_verdict()?;
    match format {
        Format::Json => Ok(document.to_json()?),
        Format::Oscal => Ok(oscal::render(document)?),
        Format::Tap => Ok(tap::render(document)),
        Format::Html => Ok(html::render(document)?),
    }
}
