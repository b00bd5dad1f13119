//! Merged users later on, and commands that are repeated because the answer to their commit was lost.

use wxlogin_domain::model::{AuditAction, UserId, VisibleApps};
use wxlogin_domain::ports::{
    Clearing, Erasure, ErasureStep, IdentityErasure, Merge, MergeOutcome, SessionKeyReplacement,
    Stores,
};
use wxlogin_domain::testing::contract::Sample;
use wxlogin_sql::Database;

use super::SETTINGS;
use super::instances::event;

on_every_database! {
    a_chain_of_merges_is_erased_whole,
    a_command_given_twice_is_answered_as_before,
}

async fn open(url: &str) -> Stores {
    let database = Database::open(url, SETTINGS).await.unwrap();
    database.migrate().await.unwrap();
    database.stores()
}

fn merge(winner: UserId, loser: UserId) -> Merge {
    let [event, loser_event] = [winner, loser].map(|user| event(AuditAction::UsersMerged, user));
    Merge {
        apps: VisibleApps::All,
        winner,
        loser,
        phone: None,
        tokens_until: Sample::TOKENS_UNTIL,
        event,
        loser_event,
    }
}

async fn people(stores: &Stores, names: [&str; 3]) -> [UserId; 3] {
    let [one, two, three] = names.map(Sample::of);
    [
        one.sign_in(stores).await.user.id,
        two.sign_in(stores).await.user.id,
        three.sign_in(stores).await.user.id,
    ]
}

async fn a_chain_of_merges_is_erased_whole(url: &str) {
    let stores = open(url).await;
    let users = people(&stores, ["oOne", "oTwo", "oThree"]).await;
    for pair in users.windows(2) {
        let merged = stores.accounts.merge(merge(pair[1], pair[0])).await.unwrap();
        assert!(matches!(merged, MergeOutcome::Merged(_)));
    }
    let erasure = Erasure {
        apps: VisibleApps::All,
        user_id: users[2],
        step: ErasureStep::Complete,
        tokens_until: Sample::TOKENS_UNTIL,
        event: event(AuditAction::UserErased, users[2]),
    };
    assert_eq!(stores.accounts.erase(erasure).await, Ok(true));
    let table = wxlogin_domain::ports::TABLES.iter().find(|table| table.name == "users").unwrap();
    assert_eq!(stores.transfer.count(table).await, Ok(0), "nothing is left of the losers");
}

async fn a_command_given_twice_is_answered_as_before(url: &str) {
    let stores = open(url).await;
    let [winner, loser, other] = people(&stores, ["oOne", "oTwo", "oThree"]).await;

    let two = merge(winner, loser);
    let merged = stores.accounts.merge(two.clone()).await;
    assert!(matches!(merged, Ok(MergeOutcome::Merged(_))), "{merged:?}");
    assert_eq!(stores.accounts.merge(two).await, merged);
    assert_eq!(stores.accounts.merge(merge(winner, loser)).await, Ok(MergeOutcome::NotTwo));

    Sample::of("oThree").named("Three").at(5).sign_in(&stores).await;
    let clearing = Clearing {
        apps: VisibleApps::All,
        user_id: other,
        nickname: true,
        avatar_url: false,
        phone: false,
        event: event(AuditAction::ProfileCleared, other),
    };
    let cleared = stores.accounts.clear(clearing.clone()).await;
    assert!(matches!(cleared, Ok(Some(_))), "{cleared:?}");
    assert_eq!(stores.accounts.clear(clearing).await, cleared);

    let identity = Sample::of("oThree").record().identity;
    let keys = stores.session_keys.find_session_keys(&identity).await.unwrap().unwrap();
    let new = Sample::of("oThree").record().session_key;
    for _ in 0..2 {
        let replacement = SessionKeyReplacement {
            identity: identity.clone(),
            replaces: keys.current.tag,
            key: new.clone(),
            now: Sample::START,
        };
        let replaced = stores.session_keys.replace_session_key(replacement);
        assert_eq!(replaced.await, Ok(true));
    }

    for person in ["oTwo", "oThree"] {
        let erasure = IdentityErasure {
            identity: Sample::of(person).record().identity,
            tokens_until: Sample::TOKENS_UNTIL,
            event: event(AuditAction::IdentityErased, winner),
        };
        let erased = stores.accounts.erase_identity(erasure.clone()).await;
        assert!(matches!(erased, Ok(Some(_))), "{erased:?}");
        assert_eq!(stores.accounts.erase_identity(erasure).await, erased);
    }
}
