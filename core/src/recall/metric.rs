//! The operators by which vectors are ordered.

/// How distance is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Euclidean distance, `<->`.
    L2,
    /// The inner product with its sign turned, `<#>`.
    InnerProduct,
    /// One minus the cosine of the angle, `<=>`.
    Cosine,
}

impl Metric {
    /// The metric of a number that [`Metric::number`] gave.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::L2),
            2 => Some(Self::InnerProduct),
            3 => Some(Self::Cosine),
            _ => None,
        }
    }

    /// What is stored for the metric.
    pub fn number(self) -> u8 {
        match self {
            Self::L2 => 1,
            Self::InnerProduct => 2,
            Self::Cosine => 3,
        }
    }

    /// The distance, as the operator gives it, that an [`Estimator`](super::Estimator)'s key stands for. Keys are
    /// squared distances, except for the inner product. Minus infinity stays what it is: nothing is known.
    pub fn distance(self, key: f32) -> f64 {
        let key = f64::from(key);
        match self {
            _ if key == f64::NEG_INFINITY => key,
            Self::L2 => key.max(0.0).sqrt(),
            Self::InnerProduct => key,
            Self::Cosine => key / 2.0,
        }
    }
}
