//! Remembering push messages.

use futures_util::future::join_all;

use super::actions::after;
use crate::ports::{KeyedTag, Stores};

pub async fn a_message_is_remembered_until_it_is_purged(stores: &Stores) {
    let (message, other) = (KeyedTag([1; 32]), KeyedTag([2; 32]));
    assert_eq!(stores.pushes.is_remembered(message).await, Ok(false));
    let tasks = (0..16).map(|_| {
        let pushes = stores.pushes.clone();
        tokio::spawn(async move { pushes.remember(message, after(0)).await })
    });
    for remembered in join_all(tasks).await {
        assert_eq!(remembered.unwrap(), Ok(()));
    }
    assert_eq!(stores.pushes.is_remembered(message).await, Ok(true));
    assert_eq!(stores.pushes.is_remembered(other).await, Ok(false));
    assert_eq!(stores.pushes.remember(other, after(5)).await, Ok(()));
    assert_eq!(stores.pushes.remember(message, after(6)).await, Ok(()));
    assert_eq!(stores.pushes.purge_pushes(after(5), 10).await, Ok(1));
    assert_eq!(stores.pushes.is_remembered(message).await, Ok(false));
    assert_eq!(stores.pushes.is_remembered(other).await, Ok(true));
}
