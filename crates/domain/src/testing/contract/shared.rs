//! What instances share: signing keys and the deployment's marks.

use futures_util::future::join_all;

use super::Sample;
use crate::ports::{Deployment, DeploymentKind, KeyedTag, Sealed, StoredSigningKey, Stores};

fn key(generation: u32, maker: u8) -> StoredSigningKey {
    StoredSigningKey {
        generation,
        kid: format!("kid-{generation}-{maker}"),
        private_key: Sealed(vec![maker; 200]),
        created_at: Sample::START,
    }
}

pub async fn of_many_first_keys_one_is_stored(stores: &Stores) {
    let tasks = (0..16).map(|maker| {
        let keys = stores.keys.clone();
        tokio::spawn(async move { keys.insert_if_absent(key(1, maker)).await.unwrap() })
    });
    let inserted = join_all(tasks).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    let winner = u8::try_from(inserted.iter().position(|first| *first).unwrap()).unwrap();
    assert_eq!(inserted.iter().filter(|first| **first).count(), 1);
    assert_eq!(stores.keys.signing_keys().await, Ok(vec![key(1, winner)]));
}

pub async fn keys_come_newest_first(stores: &Stores) {
    for generation in [1, 3, 2] {
        assert_eq!(stores.keys.insert_if_absent(key(generation, 0)).await, Ok(true));
    }
    assert_eq!(stores.keys.signing_keys().await, Ok(vec![key(3, 0), key(2, 0), key(1, 0)]));
}

pub async fn of_many_claims_one_is_remembered(stores: &Stores) {
    let claim = |maker: u8| Deployment {
        key_check: KeyedTag([maker; 32]),
        kind: if maker.is_multiple_of(2) {
            DeploymentKind::Development
        } else {
            DeploymentKind::Production
        },
    };
    let tasks = (0..16).map(|maker| {
        let deployment = stores.deployment.clone();
        tokio::spawn(async move { deployment.claim(claim(maker)).await.unwrap() })
    });
    let mut answers = join_all(tasks).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    answers.dedup();
    assert_eq!(answers.len(), 1, "everyone is told the same");
    assert_eq!(answers[0], claim(answers[0].key_check.0[0]), "and it is what one of them said");
    assert_eq!(stores.deployment.claim(claim(99)).await, Ok(answers[0]));
}

pub async fn a_store_that_is_there_answers(stores: &Stores) {
    assert_eq!(stores.deployment.ping().await, Ok(()));
}
