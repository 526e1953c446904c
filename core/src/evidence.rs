//! The evidence of a run of `tenancy.prove()`: what it found, and the forms it is handed out in.
//!
//! A [`report`] says what was found. A [`document`] is a report with the signed note that vouches for it. Every
//! [`format`] is a function of the document alone, so that who has verified it can make the others without a database.

pub mod document;
pub mod format;
pub mod html;
mod oscal;
pub mod report;
mod tap;
pub mod transcript;
mod visible;

pub use document::Document;
pub use format::{Format, render};
