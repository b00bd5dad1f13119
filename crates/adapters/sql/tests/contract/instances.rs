//! Two instances on one database are two `Database`s.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use wxlogin_domain::model::{
    AuditAction, AuditEvent, Generation, LegacyId, Profile, Session, SessionId, Timestamp, UserId,
    UserStatus, UserType, VisibleApps,
};
use wxlogin_domain::ports::{
    Erasure, ErasureStep, ImportOutcome, ImportedUser, LoginOutcome, Rotation, RotationOutcome,
    Stores, UserChange,
};
use wxlogin_domain::testing::SequenceRandomness;
use wxlogin_domain::testing::contract::Sample;
use wxlogin_sql::Database;

use super::SETTINGS;

on_every_database! {
    first_logins_race,
    of_many_refreshes_one_wins,
    no_refresh_comes_after_a_ban,
    a_ban_is_not_shed_by_erasing_the_account,
    a_ban_is_not_shed_by_the_other_half_of_a_conflict,
    what_was_refreshed_is_not_purged,
    of_two_imports_one_makes_the_user,
    one_instance_gets_a_task,
}

/// Both migrate at once.
pub(super) async fn two(url: &str) -> [Stores; 2] {
    let one = Box::pin(Database::open(url, SETTINGS)).await.unwrap();
    let two = Box::pin(Database::open(url, SETTINGS)).await.unwrap();
    let (first, second) = tokio::join!(Box::pin(one.migrate()), Box::pin(two.migrate()));
    first.unwrap();
    second.unwrap();
    [one.stores(), two.stores()]
}

pub(super) fn after(millis: u64) -> Timestamp {
    Sample::START.plus(Duration::from_millis(millis))
}

pub(super) fn event(action: AuditAction, user_id: UserId) -> AuditEvent {
    let mut event = AuditEvent::new(action, user_id, after(5), &SequenceRandomness::default());
    event.id = Sample::of("oEvent").record().new_user_id.as_uuid();
    event
}

pub(super) async fn rotate(stores: &Stores, session_id: SessionId, from: u32) -> RotationOutcome {
    let (from, idle, now) = (Generation(from), Duration::from_mins(1), after(9));
    let rotation = Rotation { session_id, from, is_authentic: Arc::new(|_| true), idle, now };
    stores.sessions.rotate(rotation).await.unwrap()
}

async fn ban(stores: &Stores, user_id: UserId) {
    let change = UserChange {
        apps: VisibleApps::All,
        user_id,
        status: Some(UserStatus::Disabled),
        user_type: None,
        tokens_until: Sample::TOKENS_UNTIL,
        events: vec![event(AuditAction::UserDisabled, user_id)],
        now: after(5),
    };
    assert!(stores.accounts.change_user(change).await.unwrap().user().is_some());
}

async fn first_logins_race(url: &str) {
    let stores = two(url).await;
    let logins = (0..512).map(|n| {
        let stores = stores[n % 2].clone();
        let person = n % 64;
        let login = Sample::of(&format!("oPerson{person}"))
            .in_app(1 + u32::from(n % 4 > 1))
            .with_union(&format!("uPerson{person}"));
        tokio::spawn(async move { (person, login.sign_in(&stores).await.user.id) })
    });
    let mut users = HashMap::new();
    for login in logins.collect::<Vec<_>>() {
        let (person, user) = login.await.unwrap();
        assert_eq!(*users.entry(person).or_insert(user), user, "oPerson{person}");
    }
    assert_eq!(users.len(), 64);
}

async fn of_many_refreshes_one_wins(url: &str) {
    let stores = two(url).await;
    let session = Sample::of("oAlice").sign_in(&stores[0]).await.session;
    for generation in 1..=4 {
        let tasks = (0..32).map(|n| {
            let stores = stores[n % 2].clone();
            tokio::spawn(async move { rotate(&stores, session.id, generation).await })
        });
        let mut won = 0;
        for task in tasks.collect::<Vec<_>>() {
            let session = match task.await.unwrap() {
                RotationOutcome::Rotated { session, .. } => {
                    won += 1;
                    session
                }
                RotationOutcome::Moved { session, .. } => session,
                other => panic!("{other:?}"),
            };
            assert_eq!(session.generation, Generation(generation + 1));
        }
        assert_eq!(won, 1, "generation {generation}");
    }
}

async fn no_refresh_comes_after_a_ban(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..5 {
        let mut refreshing = Vec::new();
        let person = format!("oPerson{round}");
        let user_id = Sample::of(&person).sign_in(&here).await.user.id;
        for n in 1..12 {
            let session = Sample::of(&person).at(n).sign_in(&here).await.session;
            refreshing.push(tokio::spawn(refresh_until_disabled(here.clone(), session.id)));
        }
        // Not before refreshes are under way.
        let is_under_way = |sessions: &[Session]| {
            sessions.iter().any(|session| session.generation > Generation(2))
        };
        while !is_under_way(&there.sessions.list_sessions(user_id).await.unwrap()) {
            tokio::task::yield_now().await;
        }
        ban(&there, user_id).await;
        let at_the_ban = there.sessions.list_sessions(user_id).await.unwrap();
        let feed = here.sessions.revocations(None, 100).await.unwrap();
        for session in &at_the_ban {
            assert!(feed.revocations.iter().any(|revoked| revoked.subject == session.id.into()));
        }
        for task in refreshing {
            task.await.unwrap();
        }
        assert_eq!(here.sessions.list_sessions(user_id).await, Ok(at_the_ban));
    }
}

async fn refresh_until_disabled(stores: Stores, id: SessionId) {
    for generation in 1.. {
        match rotate(&stores, id, generation).await {
            RotationOutcome::Rotated { .. } => {}
            RotationOutcome::Disabled => return,
            other => panic!("{other:?}"),
        }
    }
}

async fn a_ban_is_not_shed_by_erasing_the_account(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..10 {
        let union = format!("uPerson{round}");
        let login = Sample::of(&format!("oPerson{round}")).with_union(&union);
        let user_id = login.sign_in(&here).await.user.id;
        ban(&here, user_id).await;
        let logins = (0..16).map(|n| {
            let here = here.clone();
            // Half of them come from where only the unionid is known.
            let login = if n % 2 == 0 {
                login.clone().at(n)
            } else {
                Sample::of(&format!("oOther{round}-{n}")).in_app(2).with_union(&union).at(n)
            };
            tokio::spawn(async move { login.outcome(&here).await })
        });
        let logins = logins.collect::<Vec<_>>();
        let erasure = Erasure {
            apps: VisibleApps::All,
            user_id,
            step: ErasureStep::Complete,
            tokens_until: Sample::TOKENS_UNTIL,
            event: event(AuditAction::UserErased, user_id),
        };
        assert_eq!(there.accounts.erase(erasure).await, Ok(true));
        for login in logins {
            assert_eq!(login.await.unwrap(), LoginOutcome::Disabled);
        }
        assert_eq!(here.accounts.page_users(&VisibleApps::All, None, 10).await, Ok(vec![]));
    }
}

async fn a_ban_is_not_shed_by_the_other_half_of_a_conflict(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..10 {
        let union = format!("uPerson{round}");
        let banned = Sample::of(&format!("oPerson{round}")).with_union(&union);
        let user_id = banned.sign_in(&here).await.user.id;
        let other = Sample::of(&format!("oOther{round}")).in_app(2);
        let other_id = other.sign_in(&here).await.user.id;
        ban(&here, user_id).await;
        let logins = (0..16).map(|n| {
            let (here, login) = (here.clone(), other.clone().with_union(&union).at(n));
            tokio::spawn(async move { login.sign_in(&here).await })
        });
        let logins = logins.collect::<Vec<_>>();
        let erasure = Erasure {
            apps: VisibleApps::All,
            user_id,
            step: ErasureStep::Complete,
            tokens_until: Sample::TOKENS_UNTIL,
            event: event(AuditAction::UserErased, user_id),
        };
        assert_eq!(there.accounts.erase(erasure).await, Ok(true));
        for login in logins {
            let signed_in = login.await.unwrap();
            assert_eq!(signed_in.user.id, other_id);
            assert!(signed_in.union_conflict.is_some());
        }
        assert_eq!(banned.outcome(&here).await, LoginOutcome::Disabled);
    }
}

async fn what_was_refreshed_is_not_purged(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..5 {
        let mut sessions = Vec::new();
        for n in 0..20 {
            let login = Sample::of(&format!("oPerson{round}-{n}")).until(10);
            sessions.push(login.sign_in(&here).await.session.id);
        }
        let refreshes = sessions.into_iter().map(|id| {
            let here = here.clone();
            tokio::spawn(async move { (id, rotate(&here, id, 1).await) })
        });
        let refreshes = refreshes.collect::<Vec<_>>();
        let purged = there.sessions.purge(after(10), after(0), 100).await.unwrap();
        let mut refreshed = 0;
        for refresh in refreshes {
            match refresh.await.unwrap() {
                (id, RotationOutcome::Rotated { session, .. }) => {
                    refreshed += 1;
                    assert_eq!(here.sessions.find_session(id).await, Ok(Some(session)));
                }
                (_, RotationOutcome::Gone) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(purged.sessions + refreshed, 20);
    }
}

async fn of_two_imports_one_makes_the_user(url: &str) {
    let stores = two(url).await;
    let imported = |n: u32| {
        let record = Sample::of(&format!("oPerson{n}")).record();
        ImportedUser {
            legacy_id: LegacyId::parse(&format!("old-{n}")).unwrap(),
            identity: record.identity,
            tombstones: record.tombstones,
            new_user_id: record.new_user_id,
            profile: Profile::default(),
            user_type: UserType(2),
            status: UserStatus::Active,
            session_key: None,
            created_at: Sample::START,
            event: event(AuditAction::UserImported, record.new_user_id),
        }
    };
    for n in 0..20 {
        let (one, other) = tokio::join!(
            stores[0].import.import_user(imported(n)),
            stores[1].import.import_user(imported(n)),
        );
        match (one.unwrap(), other.unwrap()) {
            (ImportOutcome::Made(made), ImportOutcome::Known(known))
            | (ImportOutcome::Known(known), ImportOutcome::Made(made)) => {
                assert_eq!(made, known);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        stores[0].audit.page_audit(&VisibleApps::All, None, None, 100).await.unwrap().len(),
        20
    );
}

async fn one_instance_gets_a_task(url: &str) {
    let stores = two(url).await;
    let lease = async |n: usize, task| {
        let holder = Uuid::from_u128(n as u128);
        stores[n].deployment.lease(task, holder, Duration::from_mins(1)).await.unwrap()
    };
    for task in ["purge", "rotate", "erase"] {
        let (one, other) = tokio::join!(lease(0, task), lease(1, task));
        assert!(one != other, "{task}: {one} {other}");
        assert_eq!((lease(0, task).await, lease(1, task).await), (one, other), "it stays so");
    }
}
