//! Importing users from another system.

use futures_util::future::join_all;

use super::Sample;
use super::actions::{audit_event, erase_user, is_merged, merge, session_key, set_status};
use super::sample::sealed_session_key;
use crate::model::{AuditAction, LegacyId, Profile, UserId, UserStatus, UserType, VisibleApps};
use crate::ports::{ErasureStep, ImportOutcome, ImportedUser, LoginOutcome, Stores};

fn imported(open_id: &str, legacy_id: &str) -> ImportedUser {
    let record = Sample::of(open_id).record();
    ImportedUser {
        legacy_id: LegacyId::parse(legacy_id).unwrap(),
        identity: record.identity,
        tombstones: record.tombstones,
        new_user_id: record.new_user_id,
        profile: Profile::from_claims(Some("Old name"), Some("https://cdn.example.com/old.png")),
        user_type: UserType(5),
        status: UserStatus::Active,
        session_key: Some(sealed_session_key("old key")),
        created_at: Sample::START,
        event: audit_event(AuditAction::UserImported, record.new_user_id, Sample::START),
    }
}

async fn import(stores: &Stores, user: &ImportedUser) -> ImportOutcome {
    stores.import.import_user(user.clone()).await.unwrap()
}

pub async fn an_imported_user_can_sign_in(stores: &Stores) {
    let old = imported("oAlice", "5f0000000000000000000001");
    assert_eq!(import(stores, &old).await, ImportOutcome::Made(old.new_user_id));
    let user = stores.accounts.find_user(old.new_user_id).await.unwrap().unwrap();
    assert_eq!(user.legacy_id, Some(old.legacy_id.clone()));
    assert_eq!((user.user_type, user.status), (UserType(5), UserStatus::Active));
    assert_eq!(user.nickname, old.profile.nickname);
    assert_eq!((user.created_at, user.last_login_at), (Sample::START, Sample::START));
    assert_eq!(session_key(stores, &old.identity).await, Ok(old.session_key));
    let login = Sample::of("oAlice").with_union("uAlice").named("New name").at(5);
    let signed_in = login.sign_in(stores).await;
    assert!(!signed_in.is_new);
    assert_eq!(signed_in.user.id, user.id);
    assert_eq!(signed_in.user.legacy_id, user.legacy_id);
    assert_eq!(session_key(stores, &old.identity).await, Ok(Some(login.record().session_key)));
    assert_eq!(
        stores.audit.page_audit(&VisibleApps::All, Some(user.id), None, 10).await,
        Ok(vec![old.event])
    );
}

pub async fn importing_twice_creates_one_user(stores: &Stores) {
    let old = imported("oAlice", "old-1");
    import(stores, &old).await;
    let again = ImportedUser { new_user_id: imported("x", "x").new_user_id, ..old.clone() };
    assert_eq!(import(stores, &again).await, ImportOutcome::Known(old.new_user_id));
    assert_eq!(stores.accounts.page_users(&VisibleApps::All, None, 10).await.unwrap().len(), 1);
    assert_eq!(stores.audit.page_audit(&VisibleApps::All, None, None, 10).await.unwrap().len(), 1);
}

pub async fn importing_an_existing_user_adds_the_legacy_id(stores: &Stores) {
    let here = Sample::of("oAlice").named("Here").sign_in(stores).await;
    let old = imported("oAlice", "old-1");
    assert_eq!(import(stores, &old).await, ImportOutcome::Joined(here.user.id));
    let user = stores.accounts.find_user(here.user.id).await.unwrap().unwrap();
    assert_eq!(user.legacy_id, Some(old.legacy_id));
    assert_eq!(user.nickname, here.user.nickname, "stored values stay");
    assert_eq!(user.avatar_url, old.profile.avatar_url, "missing values are added");
    assert_eq!(user.user_type, here.user.user_type);
    assert_eq!(stores.accounts.find_user(old.new_user_id).await, Ok(None));
    let audited =
        stores.audit.page_audit(&VisibleApps::All, Some(here.user.id), None, 10).await.unwrap();
    assert_eq!(audited.len(), 1);
}

pub async fn a_second_account_of_an_identity_is_reported(stores: &Stores) {
    let old = imported("oAlice", "old-1");
    import(stores, &old).await;
    let second = imported("oAlice", "old-2");
    assert_eq!(import(stores, &second).await, ImportOutcome::Second(old.new_user_id));
    let user = stores.accounts.find_user(old.new_user_id).await.unwrap().unwrap();
    assert_eq!(user.legacy_id, Some(old.legacy_id));
    let other = imported("oBob", "old-1");
    assert_eq!(import(stores, &other).await, ImportOutcome::Taken);
    assert_eq!(stores.accounts.find_user(other.new_user_id).await, Ok(None));
    assert_eq!(session_key(stores, &other.identity).await, Ok(None));
    assert_eq!(stores.audit.page_audit(&VisibleApps::All, None, None, 10).await.unwrap().len(), 1);
}

pub async fn a_banned_user_is_imported_as_banned(stores: &Stores) {
    let old = ImportedUser {
        status: UserStatus::Disabled,
        session_key: None,
        profile: Profile::default(),
        ..imported("oAlice", "old-1")
    };
    import(stores, &old).await;
    assert_eq!(session_key(stores, &old.identity).await, Ok(None));
    assert_eq!(Sample::of("oAlice").at(5).outcome(stores).await, LoginOutcome::Disabled);
}

pub async fn an_import_keeps_a_ban_that_outlived_the_account(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user.id;
    set_status(stores, user, UserStatus::Disabled).await;
    assert!(erase_user(stores, user, ErasureStep::Complete, 2).await);
    let old = imported("oAlice", "old-1");
    assert_eq!(import(stores, &old).await, ImportOutcome::Made(old.new_user_id));
    assert_eq!(Sample::of("oAlice").at(5).outcome(stores).await, LoginOutcome::Disabled);
    set_status(stores, old.new_user_id, UserStatus::Active).await;
    let back = Sample::of("oAlice").at(6).sign_in(stores).await;
    assert_eq!(back.user.id, old.new_user_id);
    assert!(erase_user(stores, back.user.id, ErasureStep::Complete, 7).await);
    assert!(Sample::of("oAlice").at(8).sign_in(stores).await.is_new, "no ban is left");
}

/// The operator's other data may refer to them.
pub async fn legacy_ids_stay_known_after_a_merge(stores: &Stores) {
    let old = [("oOne", "old-1"), ("oTwo", "old-2"), ("oThree", "old-3")];
    let [one, two, three] = old.map(|(person, old)| imported(person, old));
    for old in [&one, &two, &three] {
        assert_eq!(import(stores, old).await, ImportOutcome::Made(old.new_user_id));
    }
    let (winner, loser, last) = (one.new_user_id, two.new_user_id, three.new_user_id);
    assert!(is_merged(&merge(stores, winner, loser).await));
    let all_are_known = async |winner, known: &[&ImportedUser]| {
        for old in known {
            assert_eq!(import(stores, old).await, ImportOutcome::Known(winner));
            let other = ImportedUser { legacy_id: old.legacy_id.clone(), ..imported("oBob", "x") };
            assert_eq!(import(stores, &other).await, ImportOutcome::Taken);
        }
    };
    all_are_known(winner, &[&one, &two]).await;
    let user = stores.accounts.find_user(loser).await.unwrap().unwrap();
    assert_eq!(user.legacy_id, Some(one.legacy_id.clone()), "the winner keeps its own id");
    assert!(is_merged(&merge(stores, last, winner).await));
    all_are_known(last, &[&one, &two, &three]).await;

    erase_user(stores, last, ErasureStep::Complete, 100).await;
    let again = imported("oTwo", "old-2");
    assert_eq!(import(stores, &again).await, ImportOutcome::Made(again.new_user_id));
}

pub async fn concurrent_import_and_logins_create_one_user(stores: &Stores) {
    for round in 0..8 {
        let person = format!("oPerson{round}");
        let old = imported(&person, &format!("old-{round}"));
        let logins = (0..4).map(|n| {
            let (stores, login) = (stores.clone(), Sample::of(&person).at(n));
            tokio::spawn(async move { login.sign_in(&stores).await.user.id })
        });
        let (ids, outcome) = tokio::join!(join_all(logins), import(stores, &old));
        let (ImportOutcome::Made(id) | ImportOutcome::Joined(id)) = outcome else {
            panic!("{outcome:?}")
        };
        let ids = ids.into_iter().map(Result::unwrap).collect::<Vec<UserId>>();
        assert!(ids.iter().all(|other| *other == id), "{person} is two users");
        let user = stores.accounts.find_user(id).await.unwrap().unwrap();
        assert_eq!(user.legacy_id, Some(old.legacy_id));
    }
}
