//! The evidence of a run of `tenancy.prove()`: what it found, and the forms it is handed out in.

pub mod report;
