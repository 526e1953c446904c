//! The evidence of a run of `tenancy.prove()`: what it found, and the forms it is handed out in.
//!
//! A [`report`] says what was found. A [`document`] is a report with the signed note that vouches for it. Every
//! [`format`] is a function of the document alone, so that who has verified it can make the others without a database.

pub mod document;
pub mod format;
pub mod report;
pub mod transcript;

pub use document::Document;
pub use format::{Format, render};
