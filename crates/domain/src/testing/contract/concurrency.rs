//! Concurrent logins.

use std::collections::{HashMap, HashSet};

use futures_util::future::join_all;

use super::Sample;
use super::actions::{rotate, set_status};
use crate::model::UserStatus;
use crate::ports::{LoginOutcome, Replayed, RotationOutcome, Stores};

/// Runs all logins at once, each in a task of its own.
async fn at_once(stores: &Stores, logins: Vec<Sample>) -> Vec<LoginOutcome> {
    let tasks = logins.into_iter().map(|login| {
        let stores = stores.clone();
        tokio::spawn(async move { login.outcome(&stores).await })
    });
    join_all(tasks).await.into_iter().map(|outcome| outcome.expect("no login panics")).collect()
}

pub async fn concurrent_first_logins_of_one_person_create_one_user(stores: &Stores) {
    let outcomes = at_once(stores, (0..64).map(|_| Sample::of("oAlice")).collect()).await;
    let mut users = Vec::new();
    let mut new = 0;
    for outcome in outcomes {
        let LoginOutcome::SignedIn { user, is_new, .. } = outcome else {
            panic!("expected a sign-in, got {outcome:?}")
        };
        users.push(user.id);
        new += usize::from(is_new);
    }
    users.dedup();
    assert_eq!(users.len(), 1, "all get the same user");
    assert_eq!(new, 1, "and it was created once");
    let stored = stores.accounts.find_user(users[0]).await.unwrap();
    assert!(stored.is_some());
}

pub async fn concurrent_first_logins_create_one_user_per_person(stores: &Stores) {
    // Each person signs in four times in a row, twice in each of two apps, so that tasks compete.
    let tasks = (0..64).map(|task| {
        let stores = stores.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            for n in (task..2000).step_by(64) {
                let person = n / 4;
                let login = Sample::of(&format!("oPerson{person}"))
                    .in_app(1 + n % 2)
                    .with_union(&format!("uPerson{person}"));
                seen.push((person, login.sign_in(&stores).await));
            }
            seen
        })
    });
    let mut users = HashMap::new();
    let mut new = 0;
    for seen in join_all(tasks).await {
        for (person, signed_in) in seen.expect("no login panics") {
            let id = signed_in.user.id;
            assert_eq!(*users.entry(person).or_insert(id), id, "oPerson{person}");
            assert_eq!(signed_in.union_conflict, None);
            new += usize::from(signed_in.is_new);
        }
    }
    let ids = users.into_values().collect::<HashSet<_>>();
    assert_eq!((ids.len(), new), (500, 500));
}

pub async fn concurrent_logins_with_one_unionid_create_one_user(stores: &Stores) {
    for round in 0..16 {
        let union = format!("uPerson{round}");
        let logins = (0..8)
            .map(|n| Sample::of(&format!("oPerson{round}")).in_app(1 + n % 2).with_union(&union))
            .collect();
        let mut users = Vec::new();
        for outcome in at_once(stores, logins).await {
            let LoginOutcome::SignedIn { user, union_conflict, .. } = outcome else {
                panic!("expected a sign-in, got {outcome:?}")
            };
            assert_eq!(union_conflict, None);
            users.push(user.id);
        }
        users.dedup();
        assert_eq!(users.len(), 1);
    }
}

pub async fn no_login_succeeds_after_a_ban_returned(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    let racing = (0..32).map(|_| Sample::of("oAlice").at(1)).collect::<Vec<_>>();
    let sessions = racing.iter().map(|login| login.record().session.id).collect::<Vec<_>>();
    let (outcomes, banned) =
        tokio::join!(at_once(stores, racing), set_status(stores, user.id, UserStatus::Disabled));
    assert!(banned.is_some());
    for outcome in outcomes {
        assert!(matches!(outcome, LoginOutcome::SignedIn { .. } | LoginOutcome::Disabled));
    }
    for session in sessions {
        let rotated = rotate(stores, session, 1, 5).await;
        assert!(
            matches!(rotated, RotationOutcome::Disabled | RotationOutcome::Gone),
            "a login that won the race was ended by the ban"
        );
    }
}

pub async fn concurrent_replays_share_one_session(stores: &Stores) {
    let outcomes =
        at_once(stores, (0..32).map(|_| Sample::of("oAlice").replayable(7)).collect()).await;
    let mut sessions = Vec::new();
    for outcome in outcomes {
        match outcome {
            LoginOutcome::SignedIn { session, .. }
            | LoginOutcome::Replayed(Replayed { session, .. }) => {
                sessions.push(session.id);
            }
            other => panic!("expected a sign-in, got {other:?}"),
        }
    }
    sessions.dedup();
    assert_eq!(sessions.len(), 1);
}

pub async fn the_session_limit_holds_under_concurrency(stores: &Stores) {
    let logins = (0..32).map(|n| Sample::of("oAlice").at(n).limited_to(3)).collect::<Vec<_>>();
    let ids = logins.iter().map(|login| login.record().session.id).collect::<Vec<_>>();
    at_once(stores, logins).await;
    let mut living = 0;
    for id in ids {
        living += usize::from(stores.sessions.find_session(id).await.unwrap().is_some());
    }
    assert_eq!(living, 3);
}

pub async fn the_session_limit_holds_for_a_user_without_sessions(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    set_status(stores, user.id, UserStatus::Disabled).await;
    set_status(stores, user.id, UserStatus::Active).await;
    let logins = (0..32).map(|n| Sample::of("oAlice").at(n).limited_to(3)).collect::<Vec<_>>();
    let ids = logins.iter().map(|login| login.record().session.id).collect::<Vec<_>>();
    // Other users sign in first, so that a store that batches logins has all of these in one batch.
    let others = (0..32).map(|n| Sample::of(&format!("oOther{n}")));
    at_once(stores, others.chain(logins).collect()).await;
    let mut living = 0;
    for id in ids {
        living += usize::from(stores.sessions.find_session(id).await.unwrap().is_some());
    }
    assert_eq!(living, 3);
}
