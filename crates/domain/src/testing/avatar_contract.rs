//! The contract of every avatar store.

use std::time::Duration;

use futures_util::TryStreamExt;

use super::contract::avatar::name;
use crate::model::{AvatarName, Picture, Timestamp};
use crate::ports::AvatarStore;

/// How much the store's time may differ from the caller's.
const SKEW: Duration = Duration::from_secs(5);

/// Panics unless an empty store fulfils the contract. `now` is the store's time.
pub async fn check(store: &dyn AvatarStore, now: Timestamp) {
    let (one, other) = (name(1), name(2));
    assert_eq!(store.get(&one).await, Ok(None));
    assert_eq!(listed(store, now).await, [] as [AvatarName; 0]);
    let pictures = [Picture(vec![1; 100_000]), Picture(vec![2])];
    store.put(&one, &pictures[0]).await.unwrap();
    store.put(&other, &pictures[1]).await.unwrap();
    assert_eq!(store.get(&one).await, Ok(Some(pictures[0].clone())));
    assert_eq!(store.get(&other).await, Ok(Some(pictures[1].clone())));
    assert_eq!(listed(store, now).await, [one.clone(), other.clone()]);
    store.delete(&one).await.unwrap();
    assert_eq!(store.get(&one).await, Ok(None));
    assert_eq!(listed(store, now).await, std::slice::from_ref(&other));
    assert_eq!(store.delete(&one).await, Ok(()), "deleting a missing picture is not an error");
    assert_eq!(store.get(&other).await, Ok(Some(pictures[1].clone())));
}

async fn listed(store: &dyn AvatarStore, now: Timestamp) -> Vec<AvatarName> {
    let stored = store.list().try_collect::<Vec<_>>().await.unwrap();
    let mut names = stored
        .into_iter()
        .map(|stored| {
            let stored_at = stored.stored_at;
            assert!(stored_at >= now.minus(SKEW) && stored_at <= now.plus(SKEW), "{stored:?}");
            stored.name
        })
        .collect::<Vec<_>>();
    names.sort();
    names
}
