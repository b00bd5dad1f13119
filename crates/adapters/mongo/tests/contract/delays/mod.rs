//! Slow calls: each stops before one of its writes, or reads and writes, while other calls run, and
//! then continues.

mod bans;
mod erasure;
mod login;
mod merge;

use tokio::task::JoinHandle;
use wxlogin_domain::model::{UserId, UserStatus};
use wxlogin_domain::ports::{ErasureStep, Stores};
use wxlogin_domain::testing::contract::Sample;
use wxlogin_mongo::Database;

use crate::harness::{Harness, erase, set_status};
use crate::interrupting_proxy::InterruptingProxy;

/// Starts a call and returns when it waits after so many writes; none if it completed earlier.
async fn hold<T, F>(
    harness: &Harness,
    writes: usize,
    step: impl FnOnce(Stores) -> F,
) -> Option<(InterruptingProxy, JoinHandle<T>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    begin(InterruptingProxy::held_after(writes, &harness.scratch).await, step).await
}

/// Starts a call and returns when it waits after so many reads and writes; none if it completed
/// earlier.
async fn hold_anywhere<T, F>(
    harness: &Harness,
    number: usize,
    step: impl FnOnce(Stores) -> F,
) -> Option<(InterruptingProxy, JoinHandle<T>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    begin(InterruptingProxy::held_after_steps(number, &harness.scratch).await, step).await
}

/// Starts a call on an instance and returns when it waits; none if it completed earlier.
async fn begin<T, F>(
    (proxy, instance): (InterruptingProxy, Database),
    step: impl FnOnce(Stores) -> F,
) -> Option<(InterruptingProxy, JoinHandle<T>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut task = tokio::spawn(step(instance.stores()));
    tokio::select! {
        () = proxy.holds() => Some((proxy, task)),
        done = &mut task => {
            done.unwrap();
            None
        }
    }
}

/// The person signs in elsewhere, and the account is erased.
async fn signs_in_and_is_erased(stores: &Stores, login: Sample, is_banned: bool) -> UserId {
    let user = login.sign_in(stores).await.user.id;
    is_erased(stores, user, is_banned).await;
    user
}

async fn is_erased(stores: &Stores, user: UserId, is_banned: bool) {
    if is_banned {
        set_status(stores, user, UserStatus::Disabled).await.unwrap();
    }
    assert_eq!(erase(stores, user, ErasureStep::Complete).await, Ok(true));
}
