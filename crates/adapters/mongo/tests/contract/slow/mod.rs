//! A step that is slow: it stops before each of its writes, or reads as well, in turn, others do what they like,
//! and then it goes on.

mod bans;
mod erasure;
mod login;
mod merge;

use tokio::task::JoinHandle;
use wxlogin_domain::model::{UserId, UserStatus};
use wxlogin_domain::ports::{ErasureStep, Stores};
use wxlogin_domain::testing::contract::Sample;
use wxlogin_mongo::Database;

use crate::house::{House, erase, set_status};
use crate::stepping::Way;

/// Begins a step, and comes back when it waits before the write of this number; none when it came
/// to its end before.
async fn hold<T, F>(
    house: &House,
    writes: usize,
    step: impl FnOnce(Stores) -> F,
) -> Option<(Way, JoinHandle<T>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    begin(Way::held_after(writes, &house.scratch).await, step).await
}

/// Begins a step, and comes back when it waits before the write or read of this number; none when it
/// came to its end before.
async fn hold_anywhere<T, F>(
    house: &House,
    number: usize,
    step: impl FnOnce(Stores) -> F,
) -> Option<(Way, JoinHandle<T>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    begin(Way::held_after_steps(number, &house.scratch).await, step).await
}

/// Begins a step on an instance, and comes back when it waits; none when it came to its end before.
async fn begin<T, F>(
    (way, instance): (Way, Database),
    step: impl FnOnce(Stores) -> F,
) -> Option<(Way, JoinHandle<T>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut task = tokio::spawn(step(instance.stores()));
    tokio::select! {
        () = way.holds() => Some((way, task)),
        done = &mut task => {
            done.unwrap();
            None
        }
    }
}

/// The person signs in elsewhere, and their account goes.
async fn comes_and_goes(stores: &Stores, login: Sample, is_banned: bool) -> UserId {
    let user = login.sign_in(stores).await.user.id;
    goes(stores, user, is_banned).await;
    user
}

async fn goes(stores: &Stores, user: UserId, is_banned: bool) {
    if is_banned {
        set_status(stores, user, UserStatus::Disabled).await.unwrap();
    }
    assert_eq!(erase(stores, user, ErasureStep::Complete).await, Ok(true));
}
