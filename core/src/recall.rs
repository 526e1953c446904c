//! Codes of a few bits a dimension for vectors, from which the distance to a query is estimated and bounded from below.
//!
//! A vector is rotated at random (by a fixed rotation) and its difference from a centre is rounded to the direction of
//! a point of a small grid, as in `RaBitQ` (arXiv 2405.12497). The estimate that such a code gives is unbiased, and
//! its error is known: a bound that lies some standard deviations below it is seldom above the distance. Whoever
//! fetches rows by their bounds and gives each only when no bound is below its distance gives them in the right order.
//!
//! | concept | |
//! |---|---|
//! | [`Metric`] | the operators, and what an estimate means for them |
//! | [`Codec`] | puts vectors into place and encodes them |
//! | [`Centre`], [`Mean`] | where differences are taken from |
//! | [`Estimator`] | a query, that bounds its distance to codes |
//! | [`Nearest`], [`Distance`] | rows by distance, found by their bounds |

mod centre;
mod codec;
mod distance;
mod estimator;
mod grid;
mod lanes;
mod metric;
mod nearest;
mod rotation;

pub use centre::{Centre, Mean};
pub use codec::{Codec, Point};
pub use distance::Distance;
pub use estimator::Estimator;
pub use metric::Metric;
pub use nearest::{Nearest, Next};
