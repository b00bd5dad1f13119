//! Whom a request is about, for the line that the log gets when the request is refused.

use std::cell::RefCell;

use crate::model::{AppId, ClientId, UserId};

tokio::task_local! {
    static SUBJECT: RefCell<Subject>;
}

/// Whom a request is about, as far as use cases have found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The mini-program.
    pub app_id: Option<AppId>,
    /// The user.
    pub user_id: Option<UserId>,
    /// The API client.
    pub client_id: Option<ClientId>,
}

impl Subject {
    /// Runs a request. Returns its result and whom it was about.
    pub async fn of<F: Future>(request: F) -> (F::Output, Self) {
        let request = async {
            let result = request.await;
            (result, SUBJECT.with(RefCell::take))
        };
        SUBJECT.scope(RefCell::default(), request).await
    }

    /// Notes what is known here for the running request, if there is one.
    pub(crate) fn note(self) {
        // Outside of a request, nobody asks.
        let _ = SUBJECT.try_with(|subject| {
            let mut subject = subject.borrow_mut();
            subject.app_id = self.app_id.or(subject.app_id.take());
            subject.user_id = self.user_id.or(subject.user_id.take());
            subject.client_id = self.client_id.or(subject.client_id.take());
        });
    }

    pub(crate) fn app(app_id: AppId) -> Self {
        Self { app_id: Some(app_id), ..Self::default() }
    }

    pub(crate) fn user(user_id: UserId) -> Self {
        Self { user_id: Some(user_id), ..Self::default() }
    }

    pub(crate) fn client(client_id: ClientId) -> Self {
        Self { client_id: Some(client_id), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::contract::app_id;

    #[tokio::test]
    async fn what_a_request_notes_adds_up() {
        let client = ClientId::parse("billing").unwrap();
        let request = async {
            Subject::app(app_id(1)).note();
            Subject::client(client.clone()).note();
            "done"
        };
        let expected =
            Subject { app_id: Some(app_id(1)), user_id: None, client_id: Some(client.clone()) };
        assert_eq!(Subject::of(request).await, ("done", expected));
        Subject::app(app_id(1)).note();
        assert_eq!(Subject::of(async {}).await, ((), Subject::default()));
    }
}
