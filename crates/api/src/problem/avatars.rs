use wxlogin_domain::usecase::profile::avatars::AvatarError;

use super::{Problem, ProblemCode};

impl From<AvatarError> for Problem {
    fn from(error: AvatarError) -> Self {
        match error {
            AvatarError::Authentication(error) => error.into(),
            AvatarError::Store(error) => error.into(),
            AvatarError::Disabled => Self::new(ProblemCode::AvatarsDisabled)
                .detail("Send the URL of an avatar to `POST /v1/me` instead."),
            AvatarError::Busy { retry_after } => {
                Self::new(ProblemCode::RateLimited).retry_after(retry_after)
            }
            AvatarError::TooMany(limited) => limited.into(),
            AvatarError::NotAPicture => Self::new(ProblemCode::ImageInvalid)
                .detail("Send a JPEG, PNG or WebP. The content counts, not the file name."),
            AvatarError::Animated => Self::new(ProblemCode::ImageInvalid)
                .detail("The image is animated. Send a still image."),
            AvatarError::TooManyPixels => Self::new(ProblemCode::PayloadTooLarge)
                .detail("The image may have at most 25 million pixels, and 10,000 per side."),
            AvatarError::Internal => Self::new(ProblemCode::InternalError),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wxlogin_domain::ports::{RetryAfter, StoreError};
    use wxlogin_domain::usecase::tokens::current_user::AuthenticationError;

    use super::*;

    #[test]
    fn every_error_has_its_code() {
        let retry_after = Duration::from_secs(7);
        for (error, code) in [
            (AuthenticationError::UserDisabled.into(), "user_disabled"),
            (AvatarError::Store(StoreError::Unexpected("x".into())), "internal_error"),
            (AvatarError::Disabled, "avatars_disabled"),
            (AvatarError::Busy { retry_after }, "rate_limited"),
            (AvatarError::TooMany(RetryAfter(retry_after)), "rate_limited"),
            (AvatarError::NotAPicture, "image_invalid"),
            (AvatarError::Animated, "image_invalid"),
            (AvatarError::TooManyPixels, "payload_too_large"),
            (AvatarError::Internal, "internal_error"),
        ] {
            let problem = Problem::from(error);
            assert_eq!(problem.code.as_str(), code);
            assert_eq!(problem.retry_after.is_some(), code == "rate_limited", "{code}");
        }
    }
}
