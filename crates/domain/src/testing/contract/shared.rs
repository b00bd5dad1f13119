//! What instances share: signing keys, the deployment, and leases.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use super::Sample;
use crate::ports::{
    Deployment, DeploymentKind, KeyedTag, MasterKeyRotation, Sealed, StoredSigningKey, Stores,
};

fn key(generation: u32, maker: u8) -> StoredSigningKey {
    StoredSigningKey {
        generation,
        kid: format!("kid-{generation}-{maker}"),
        private_key: Sealed(vec![maker; 200]),
        created_at: Sample::START,
        active_from: Sample::START.plus(Duration::from_millis(7)),
        revoked_at: None,
    }
}

pub async fn only_one_of_many_concurrent_signing_keys_is_stored(stores: &Stores) {
    let tasks = (0..16).map(|maker| {
        let keys = stores.keys.clone();
        tokio::spawn(async move { keys.insert_if_absent(key(1, maker)).await.unwrap() })
    });
    let inserted = join_all(tasks).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    let winner = u8::try_from(inserted.iter().position(|first| *first).unwrap()).unwrap();
    assert_eq!(inserted.iter().filter(|first| **first).count(), 1);
    assert_eq!(stores.keys.signing_keys().await, Ok(vec![key(1, winner)]));
}

pub async fn signing_keys_are_listed_newest_first(stores: &Stores) {
    for generation in [1, 3, 2] {
        assert_eq!(stores.keys.insert_if_absent(key(generation, 0)).await, Ok(true));
    }
    assert_eq!(stores.keys.signing_keys().await, Ok(vec![key(3, 0), key(2, 0), key(1, 0)]));
}

pub async fn only_one_of_many_concurrent_claims_is_stored(stores: &Stores) {
    let claim = |maker: u8| Deployment {
        key_check: KeyedTag([maker; 32]),
        kind: if maker.is_multiple_of(2) {
            DeploymentKind::Development
        } else {
            DeploymentKind::Production
        },
        rotation: None,
    };
    let tasks = (0..16).map(|maker| {
        let deployment = stores.deployment.clone();
        tokio::spawn(async move { deployment.claim(claim(maker)).await.unwrap() })
    });
    let mut answers = join_all(tasks).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    answers.dedup();
    assert_eq!(answers.len(), 1, "all get the same result");
    assert_eq!(answers[0], claim(answers[0].key_check.0[0]), "and it is one of the claims");
    assert_eq!(stores.deployment.claim(claim(99)).await, Ok(answers.remove(0)));
}

pub async fn an_open_store_answers_a_ping(stores: &Stores) {
    assert_eq!(stores.deployment.ping().await, Ok(()));
}

pub async fn the_deployment_can_be_read_and_replaced(stores: &Stores) {
    assert_eq!(stores.deployment.deployment().await, Ok(None));
    for kind in
        [DeploymentKind::UnfinishedCopy, DeploymentKind::Production, DeploymentKind::Development]
    {
        let rotation = MasterKeyRotation { tombstone_key: Sealed(vec![7; 65]), at: Sample::START };
        for rotation in [None, Some(rotation)] {
            let deployment = Deployment { key_check: KeyedTag([7; 32]), kind, rotation };
            stores.deployment.set_deployment(deployment.clone()).await.unwrap();
            assert_eq!(stores.deployment.deployment().await, Ok(Some(deployment.clone())));
            let key_check = KeyedTag([8; 32]);
            let other = Deployment { key_check, kind: DeploymentKind::Production, rotation: None };
            assert_eq!(stores.deployment.claim(other).await, Ok(deployment));
        }
    }
}

pub async fn a_revoked_signing_key_stays_revoked(stores: &Stores) {
    stores.keys.insert_if_absent(key(1, 0)).await.unwrap();
    stores.keys.insert_if_absent(key(2, 0)).await.unwrap();
    let at = Sample::START.plus(Duration::from_millis(9));
    assert_eq!(stores.keys.revoke_key("kid-1-0", at).await, Ok(true));
    assert_eq!(stores.keys.revoke_key("kid-1-0", at.plus(Duration::from_secs(1))).await, Ok(true));
    assert_eq!(stores.keys.revoke_key("kid-3-0", at).await, Ok(false));
    let mut revoked = key(1, 0);
    revoked.revoked_at = Some(at);
    assert_eq!(stores.keys.signing_keys().await, Ok(vec![key(2, 0), revoked]));
}

pub async fn a_removed_signing_key_is_gone(stores: &Stores) {
    stores.keys.insert_if_absent(key(1, 0)).await.unwrap();
    assert_eq!(stores.keys.remove_key("kid-1-0").await, Ok(true));
    assert_eq!(stores.keys.remove_key("kid-1-0").await, Ok(false));
    assert_eq!(stores.keys.signing_keys().await, Ok(vec![]));
}

pub async fn a_lease_has_one_holder_at_a_time(stores: &Stores) {
    let lease = async |task, holder, seconds| {
        let lasts = Duration::from_secs(seconds);
        stores.deployment.lease(task, Uuid::from_u128(holder), lasts).await.unwrap()
    };
    assert!(lease("purge", 1, 60).await);
    assert!(!lease("purge", 2, 60).await, "the first holder has it");
    assert!(lease("rotate", 2, 60).await, "another task is free");
    assert!(lease("purge", 1, 0).await, "the holder can renew it");
    // A lease of zero seconds expires as soon as the database's clock advances.
    let mut tries = 0;
    while !lease("purge", 2, 60).await {
        tries += 1;
        assert!(tries < 1000, "the lease never expires");
        tokio::task::yield_now().await;
    }
    assert!(!lease("purge", 1, 60).await);
}

pub async fn only_one_of_many_concurrent_lease_requests_succeeds(stores: &Stores) {
    let tasks = (0..16).map(|holder| {
        let deployment = stores.deployment.clone();
        tokio::spawn(async move {
            deployment.lease("purge", Uuid::from_u128(holder), Duration::from_mins(1)).await
        })
    });
    let taken = join_all(tasks).await.into_iter().map(|taken| taken.unwrap().unwrap());
    assert_eq!(taken.filter(|taken| *taken).count(), 1);
}
