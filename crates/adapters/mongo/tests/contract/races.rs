//! Concurrent changes of one user on two instances.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use wxlogin_domain::model::{AuditAction, Generation, UserStatus, VisibleApps};
use wxlogin_domain::ports::{
    ErasureStep, ImportOutcome, ImportedUser, LoginOutcome, RotationOutcome, Stores,
};
use wxlogin_domain::testing::contract::Sample;

use crate::harness::{Harness, erase, imported, rotate, set_status};

async fn two_instances() -> Option<(Harness, [Stores; 2])> {
    let harness = Harness::new().await?;
    let stores = [harness.stores.clone(), harness.scratch.open().await.stores()];
    Some((harness, stores))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_thirty_two_refreshes_one_is_the_first() {
    let Some((_house, instances)) = two_instances().await else { return };
    let session = Sample::of("oAlice").sign_in(&instances[0]).await.session.id;
    for generation in 1..=8 {
        let tasks = (0..32).map(|n| {
            let stores = instances[n % 2].clone();
            tokio::spawn(async move { rotate(&stores, session, generation).await })
        });
        let mut rotated = 0;
        for outcome in join_all(tasks).await {
            match outcome.unwrap() {
                RotationOutcome::Rotated { session, .. } => {
                    rotated += 1;
                    assert_eq!(session.generation, Generation(generation + 1));
                }
                RotationOutcome::Moved { session, .. } => {
                    assert_eq!(session.generation, Generation(generation + 1));
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(rotated, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_refresh_comes_after_a_ban() {
    let Some((_house, instances)) = two_instances().await else { return };
    for round in 0..12 {
        let person = format!("oPerson{round}");
        let session = Sample::of(&person).sign_in(&instances[0]).await.session;
        let banned = Arc::new(AtomicBool::new(false));
        let refreshing = (0..8).map(|n| {
            let (stores, banned, id) = (instances[n % 2].clone(), banned.clone(), session.id);
            tokio::spawn(async move {
                for generation in 1.. {
                    let was_banned = banned.load(Ordering::SeqCst);
                    match rotate(&stores, id, generation).await {
                        RotationOutcome::Rotated { .. } => {
                            assert!(!was_banned, "it came after the ban");
                        }
                        RotationOutcome::Moved { .. } => {}
                        RotationOutcome::Disabled => return,
                        RotationOutcome::Gone => {
                            panic!("the session stays until the user is enabled")
                        }
                    }
                }
            })
        });
        let refreshing = refreshing.collect::<Vec<_>>();
        tokio::task::yield_now().await;
        set_status(&instances[1], session.user_id, UserStatus::Disabled).await.unwrap();
        banned.store(true, Ordering::SeqCst);
        for done in join_all(refreshing).await {
            done.unwrap();
        }
        let feed = instances[0].sessions.revocations(None, 100).await.unwrap();
        assert!(feed.revocations.iter().any(|one| one.subject == session.id.into()));
    }
}

/// A login that races an erasure signs in the old user or a complete new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn erasing_races_every_kind_of_login() {
    let Some((harness, instances)) = two_instances().await else { return };
    for round in 0..24 {
        let (here, there, union) =
            (format!("oHere{round}"), format!("oThere{round}"), format!("uPerson{round}"));
        let user = Sample::of(&here).sign_in(&instances[0]).await.user.id;
        let logins = (0..12).map(|n| {
            let stores = instances[usize::try_from(n).unwrap() % 2].clone();
            let login = match n % 4 {
                // A late unionid, the other app, nothing new, and a changed unionid.
                0 => Sample::of(&here).with_union(&union).at(n),
                1 => Sample::of(&there).in_app(2).with_union(&union).at(n),
                2 => Sample::of(&here).at(n),
                _ => Sample::of(&here).with_union(&format!("{union}x")).at(n),
            };
            tokio::spawn(async move { login.outcome(&stores).await })
        });
        let logins = logins.collect::<Vec<_>>();
        let erased = async {
            // Somewhere between them.
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            erase(&instances[1], user, ErasureStep::Complete).await
        };
        let (outcomes, erased) = tokio::join!(join_all(logins), erased);
        assert_eq!(erased, Ok(true));
        for outcome in outcomes {
            let LoginOutcome::SignedIn { user: signed_in, session, .. } = outcome.unwrap() else {
                panic!("no user is banned")
            };
            let found = instances[0].sessions.find_session(session.id).await.unwrap();
            assert_eq!(found.is_some(), signed_in.id != user);
        }
        harness.assert_no_trace(user).await;
        harness.assert_consistent().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ban_that_races_an_erasure_outlives_it_if_it_was_first() {
    let Some((harness, instances)) = two_instances().await else { return };
    let mut firsts = 0;
    for round in 0..24 {
        let person = format!("oPerson{round}");
        let user = Sample::of(&person).sign_in(&instances[0]).await.user.id;
        let ban = async {
            for _ in 0..round % 6 {
                tokio::task::yield_now().await;
            }
            set_status(&instances[0], user, UserStatus::Disabled).await.unwrap()
        };
        let (banned, erased) = tokio::join!(ban, erase(&instances[1], user, ErasureStep::Complete));
        assert_eq!(erased, Ok(true));
        let outcome = Sample::of(&person).at(2000).outcome(&instances[0]).await;
        assert_eq!(outcome == LoginOutcome::Disabled, banned.is_some(), "{banned:?} {outcome:?}");
        firsts += usize::from(banned.is_some());
    }
    harness.assert_consistent().await;
    assert_eq!(harness.count("tombstones").await, u64::try_from(firsts).unwrap());
}

async fn at_once(instances: &[Stores; 2], users: Vec<ImportedUser>) -> Vec<ImportOutcome> {
    let imports = users.into_iter().enumerate().map(|(n, user)| {
        let stores = instances[n % 2].clone();
        tokio::spawn(async move { stores.import.import_user(user).await.unwrap() })
    });
    join_all(imports).await.into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_people_with_one_legacy_id_one_gets_it() {
    let Some((harness, instances)) = two_instances().await else { return };
    for round in 0..8 {
        let person = |n| imported(&format!("oPerson{round}x{n}"), &format!("old-{round}"));
        let outcomes = at_once(&instances, (0..8).map(person).collect()).await;
        let (made, others): (Vec<_>, Vec<_>) =
            outcomes.into_iter().partition(|outcome| matches!(outcome, ImportOutcome::Made(_)));
        assert_eq!(made.len(), 1);
        assert!(others.iter().all(|outcome| *outcome == ImportOutcome::Taken), "{others:?}");
    }
    assert_eq!(
        harness.stores.accounts.page_users(&VisibleApps::All, None, 100).await.unwrap().len(),
        8
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_imports_of_one_person_agree() {
    let Some((harness, instances)) = two_instances().await else { return };
    for round in 0..8 {
        let person = |_| imported(&format!("oPerson{round}"), &format!("old-{round}"));
        let outcomes = at_once(&instances, (0..8).map(person).collect()).await;
        let made = outcomes.iter().find_map(|outcome| match outcome {
            ImportOutcome::Made(id) => Some(*id),
            _ => None,
        });
        let id = made.unwrap();
        let known = outcomes.iter().filter(|outcome| **outcome == ImportOutcome::Known(id));
        assert_eq!(known.count(), 7, "{outcomes:?}");
        assert_eq!(harness.audit_actions(id).await, [AuditAction::UserImported]);
    }
}
