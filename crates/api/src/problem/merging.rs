use std::time::Duration;

use wxlogin_domain::usecase::admin::merge::{AcceptanceError, MergingError};

use super::{Problem, ProblemCode};

/// When to retry a merge of users that kept changing.
const BUSY_RETRY: Duration = Duration::from_secs(1);

impl From<MergingError> for Problem {
    fn from(error: MergingError) -> Self {
        match error {
            MergingError::NotFound => Self::new(ProblemCode::NotFound),
            MergingError::OneUser => Self::invalid("Both ids belong to the same user."),
            MergingError::Busy => Self::new(ProblemCode::StoreUnavailable)
                .detail("The users changed while they were being merged. Try again.")
                .retry_after(BUSY_RETRY),
            MergingError::Sealing => Self::new(ProblemCode::InternalError),
            MergingError::Store(error) => error.into(),
        }
    }
}

impl From<AcceptanceError> for Problem {
    fn from(error: AcceptanceError) -> Self {
        match error {
            AcceptanceError::NotFound => Self::new(ProblemCode::NotFound),
            AcceptanceError::Taken => {
                Self::new(ProblemCode::UnionIdTaken).detail("Merge both users instead.")
            }
            AcceptanceError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_code() {
        for (error, code) in
            [(AcceptanceError::NotFound, "not_found"), (AcceptanceError::Taken, "union_id_taken")]
        {
            assert_eq!(Problem::from(error).code.as_str(), code);
        }
        for (error, code) in [
            (MergingError::NotFound, "not_found"),
            (MergingError::OneUser, "invalid_request"),
            (MergingError::Busy, "store_unavailable"),
            (MergingError::Sealing, "internal_error"),
        ] {
            let problem = Problem::from(error);
            assert_eq!(problem.code.as_str(), code);
            assert_eq!(problem.retry_after.is_some(), code == "store_unavailable");
        }
    }
}
