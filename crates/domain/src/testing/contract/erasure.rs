//! Account deletion, at once or scheduled, and what remains afterwards.

use futures_util::future::join_all;

use super::Sample;
use super::actions::{
    after, erase_identity, erase_user, erasure, open_conflicts, revoked_sessions, rotate,
    session_key, set_status,
};
use crate::model::{AuditAction, UserStatus, VisibleApps};
use crate::ports::{Erasure, ErasureStep, LoginOutcome, RotationOutcome, Stores};

pub async fn erasing_a_user_removes_all_data(stores: &Stores) {
    let here = Sample::of("oAlice").named("Alice").with_union("uAlice").replayable(1);
    let there = Sample::of("oOther").in_app(2).with_union("uAlice").at(1);
    let bob = Sample::of("oBob").in_app(3).with_union("uBob").sign_in(stores).await.user;
    let changed = Sample::of("oAlice").with_union("uBob").at(2);
    let user = here.sign_in(stores).await.user;
    assert_eq!(there.sign_in(stores).await.user.id, user.id);
    assert!(changed.sign_in(stores).await.union_conflict.is_some());
    let sessions = stores.sessions.list_sessions(user.id).await.unwrap();
    assert_eq!(sessions.len(), 3);

    assert!(erase_user(stores, user.id, ErasureStep::Complete, 5).await);

    assert_eq!(stores.accounts.find_user(user.id).await, Ok(None));
    assert_eq!(stores.accounts.identities(user.id).await, Ok(vec![]));
    assert_eq!(stores.accounts.page_users(&VisibleApps::All, None, 10).await, Ok(vec![bob]));
    assert_eq!(open_conflicts(stores).await, Ok(vec![]));
    assert_eq!(session_key(stores, &here.record().identity).await, Ok(None));
    assert_eq!(stores.sessions.list_sessions(user.id).await, Ok(vec![]));
    let mut revoked = Vec::new();
    for session in sessions {
        assert_eq!(stores.sessions.find_session(session.id).await, Ok(None));
        assert_eq!(rotate(stores, session.id, 1, 6).await, RotationOutcome::Gone);
        revoked.push(session.id);
    }
    revoked.sort_unstable();
    assert_eq!(revoked_sessions(stores).await, revoked);
    let replay = here.record().replay.unwrap().key;
    assert_eq!(stores.sessions.find_replay(replay).await, Ok(None));
    let audit = stores.audit.page_audit(&VisibleApps::All, Some(user.id), None, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(audit[0].action, AuditAction::UserErased);
    assert!(
        !erase_user(stores, user.id, ErasureStep::Complete, 7).await,
        "the user is erased already"
    );
}

pub async fn an_erasure_whose_answer_was_lost_can_be_repeated(stores: &Stores) {
    let login = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await;
    Sample::of("oOther").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
    let here = login.session.app_id.clone();
    let identity = Erasure {
        apps: VisibleApps::Only([here].into()),
        ..erasure(login.user.id, ErasureStep::Complete, 5)
    };
    let whole = erasure(login.user.id, ErasureStep::Complete, 6);
    for erasure in [identity, whole] {
        for _ in 0..2 {
            assert_eq!(stores.accounts.erase(erasure.clone()).await, Ok(true), "{erasure:?}");
        }
    }
    let events = stores.audit.page_audit(&VisibleApps::All, Some(login.user.id), None, 10).await;
    assert_eq!(events.unwrap().len(), 2, "each once");
}

pub async fn a_login_after_an_erasure_creates_a_new_user(stores: &Stores) {
    let before = Sample::of("oAlice").named("Alice").with_union("uAlice").sign_in(stores).await;
    erase_user(stores, before.user.id, ErasureStep::Complete, 5).await;
    let after = Sample::of("oAlice").with_union("uAlice").at(9).sign_in(stores).await;
    assert!(after.is_new && after.union_conflict.is_none());
    assert_ne!(after.user.id, before.user.id);
    assert_eq!(after.user.nickname, None);
}

pub async fn erasing_a_user_leaves_others_unchanged(stores: &Stores) {
    let alice = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").with_union("uBob").sign_in(stores).await;
    erase_user(stores, alice.id, ErasureStep::Complete, 5).await;
    assert_eq!(stores.accounts.find_user(bob.user.id).await, Ok(Some(bob.user.clone())));
    assert_eq!(stores.sessions.find_session(bob.session.id).await, Ok(Some(bob.session)));
    assert_eq!(Sample::of("oBob").at(9).sign_in(stores).await.user.id, bob.user.id);
}

pub async fn a_ban_survives_an_erasure(stores: &Stores) {
    let user = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user;
    set_status(stores, user.id, UserStatus::Disabled).await;
    erase_user(stores, user.id, ErasureStep::Complete, 2000).await;
    let same = Sample::of("oAlice").at(3000);
    assert_eq!(same.outcome(stores).await, LoginOutcome::Disabled);
    let elsewhere = Sample::of("oNew").in_app(2).with_union("uAlice").at(3001);
    assert_eq!(elsewhere.outcome(stores).await, LoginOutcome::Disabled);
    assert_eq!(stores.accounts.page_users(&VisibleApps::All, None, 10).await, Ok(vec![]));
    assert!(Sample::of("oBob").at(3002).sign_in(stores).await.is_new);

    let audited = async || {
        stores.audit.page_audit(&VisibleApps::All, Some(user.id), None, 10).await.unwrap().len()
    };
    let before = audited().await;
    assert_eq!(set_status(stores, user.id, UserStatus::Active).await, None);
    assert_eq!(audited().await, before + 1, "lifting the ban is audited");
    set_status(stores, user.id, UserStatus::Active).await;
    assert_eq!(audited().await, before + 1, "once");
    assert!(same.sign_in(stores).await.is_new);
    assert!(elsewhere.sign_in(stores).await.is_new);
}

pub async fn a_conflict_does_not_lift_the_ban_of_an_erased_owner(stores: &Stores) {
    let banned = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await.user.id;
    let other = Sample::of("oOther").in_app(2).sign_in(stores).await.user.id;
    let named = |at| Sample::of("oOther").in_app(2).with_union("uAlice").at(at);
    assert!(named(1).sign_in(stores).await.union_conflict.is_some());
    set_status(stores, banned, UserStatus::Disabled).await;
    erase_user(stores, banned, ErasureStep::Complete, 2000).await;

    // The other user keeps the account and does not get the unionid.
    for at in [3000, 3001] {
        let signed_in = named(at).sign_in(stores).await;
        assert_eq!((signed_in.user.id, signed_in.is_new), (other, false));
        let conflict = signed_in.union_conflict.unwrap();
        assert_eq!((conflict.user_id, conflict.owner), (other, None));
        assert_eq!(open_conflicts(stores).await, Ok(vec![conflict]));
    }
    let banned_ones = [
        Sample::of("oAlice").with_union("uAlice").at(3002),
        Sample::of("oAlice").at(3003),
        Sample::of("oNew").in_app(3).with_union("uAlice").at(3004),
    ];
    for login in &banned_ones {
        assert_eq!(login.outcome(stores).await, LoginOutcome::Disabled);
    }

    // After the ban is lifted, the unionid is free.
    set_status(stores, banned, UserStatus::Active).await;
    assert_eq!(named(4000).sign_in(stores).await.union_conflict, None);
    assert_eq!(open_conflicts(stores).await, Ok(vec![]), "the conflict is resolved");
    assert_eq!(banned_ones[0].sign_in(stores).await.user.id, other);
}

pub async fn an_identity_with_a_tombstone_cannot_join_another_user(stores: &Stores) {
    let banned = Sample::of("oAlice").sign_in(stores).await.user.id;
    set_status(stores, banned, UserStatus::Disabled).await;
    erase_user(stores, banned, ErasureStep::Complete, 2000).await;
    let other = Sample::of("oOther").in_app(2).with_union("uAlice").at(3000);
    let owner = other.sign_in(stores).await.user.id;
    let back = Sample::of("oAlice").with_union("uAlice").at(3001);
    assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled);
    assert_eq!(stores.accounts.identities(owner).await.unwrap().len(), 1);
    let elsewhere = Sample::of("oNew").in_app(3).with_union("uAlice").at(3002);
    assert_eq!(elsewhere.sign_in(stores).await.user.id, owner, "this identity was never banned");
}

pub async fn erasing_an_active_user_leaves_no_tombstone(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    set_status(stores, user.id, UserStatus::Disabled).await;
    set_status(stores, user.id, UserStatus::Active).await;
    erase_user(stores, user.id, ErasureStep::Complete, 2000).await;
    assert!(Sample::of("oAlice").at(3000).sign_in(stores).await.is_new);
}

pub async fn a_scheduled_erasure_ends_sessions_and_keeps_the_user(stores: &Stores) {
    let opened = Sample::of("oAlice").named("Alice").sign_in(stores).await;
    let id = opened.user.id;
    assert!(erase_user(stores, id, ErasureStep::Schedule(after(1000)), 5).await);
    let user = stores.accounts.find_user(id).await.unwrap().unwrap();
    assert_eq!(user.erase_at, Some(after(1000)));
    assert_eq!(user.nickname, opened.user.nickname);
    assert_eq!(stores.sessions.find_session(opened.session.id).await, Ok(None));
    assert_eq!(revoked_sessions(stores).await, vec![opened.session.id]);
    let identity = Sample::of("oAlice").record().identity;
    assert_eq!(session_key(stores, &identity).await, Ok(None));
    assert_eq!(Sample::of("oAlice").at(9).outcome(stores).await, LoginOutcome::Erasing);
    assert_eq!(session_key(stores, &identity).await, Ok(None), "nothing is written");

    assert_eq!(stores.accounts.due_erasures(after(999), 10).await, Ok(vec![]));
    assert_eq!(stores.accounts.due_erasures(after(1000), 10).await, Ok(vec![id]));
    assert!(!erase_user(stores, id, ErasureStep::CompleteIfDue, 999).await);
    assert!(erase_user(stores, id, ErasureStep::CompleteIfDue, 1000).await);
    assert_eq!(stores.accounts.find_user(id).await, Ok(None));
    assert_eq!(stores.accounts.due_erasures(after(5000), 10).await, Ok(vec![]));
}

pub async fn signing_in_again_cancels_a_scheduled_erasure(stores: &Stores) {
    let opened = Sample::of("oAlice").named("Alice").sign_in(stores).await;
    let id = opened.user.id;
    erase_user(stores, id, ErasureStep::Schedule(after(1000)), 5).await;
    let back = Sample::of("oAlice").at(9).restoring().sign_in(stores).await;
    assert_eq!((back.user.id, back.user.erase_at, back.is_new), (id, None, false));
    assert_eq!(back.user.nickname, opened.user.nickname);
    assert_eq!(stores.accounts.due_erasures(after(5000), 10).await, Ok(vec![]));
    assert!(!erase_user(stores, id, ErasureStep::CompleteIfDue, 5000).await);
    assert_eq!(stores.sessions.find_session(back.session.id).await, Ok(Some(back.session)));
}

pub async fn a_banned_user_cannot_cancel_a_scheduled_erasure(stores: &Stores) {
    let id = Sample::of("oAlice").sign_in(stores).await.user.id;
    erase_user(stores, id, ErasureStep::Schedule(after(1000)), 5).await;
    set_status(stores, id, UserStatus::Disabled).await;
    let back = Sample::of("oAlice").at(900).restoring();
    assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled);
    assert!(erase_user(stores, id, ErasureStep::CompleteIfDue, 2000).await);
    assert_eq!(Sample::of("oAlice").at(3000).outcome(stores).await, LoginOutcome::Disabled);
}

pub async fn concurrent_erasure_and_logins_leave_no_partial_user(stores: &Stores) {
    for round in 0..6 {
        let person = format!("oPerson{round}");
        let union = format!("uPerson{round}");
        let user = Sample::of(&person).with_union(&union).sign_in(stores).await.user;
        let logins = (0..8).map(|n| {
            let (stores, login) = (stores.clone(), Sample::of(&person).with_union(&union).at(n));
            tokio::spawn(async move { login.outcome(&stores).await })
        });
        let (outcomes, erased) =
            tokio::join!(join_all(logins), erase_user(stores, user.id, ErasureStep::Complete, 5));
        assert!(erased);
        let mut after = Vec::new();
        for outcome in outcomes {
            let LoginOutcome::SignedIn { user: signed_in, session, union_conflict, .. } =
                outcome.unwrap()
            else {
                panic!("the user is not banned")
            };
            assert_eq!(union_conflict, None);
            let stored = stores.sessions.find_session(session.id).await.unwrap();
            assert_eq!(stored.is_some(), signed_in.id != user.id, "erased with the old user");
            if signed_in.id != user.id {
                after.push(signed_in.id);
            }
        }
        after.sort_unstable();
        after.dedup();
        assert!(after.len() <= 1, "later logins share one new user");
        let now = Sample::of(&person).with_union(&union).at(99).sign_in(stores).await.user.id;
        assert!(after.is_empty() || after == [now]);
        assert_eq!(stores.accounts.find_user(user.id).await, Ok(None));
    }
}

pub async fn erasing_one_of_two_identities_keeps_the_user(stores: &Stores) {
    let here = Sample::of("oAlice").named("Alice").with_union("uAlice");
    let there = Sample::of("oOther").in_app(2).with_union("uAlice").at(1);
    let gone = here.sign_in(stores).await;
    let kept = there.sign_in(stores).await;
    let identity = here.record().identity;
    assert_eq!(erase_identity(stores, &identity).await, Some(gone.user.id));
    let left = stores.accounts.identities(gone.user.id).await.unwrap();
    assert_eq!(left.iter().map(|own| &own.key).collect::<Vec<_>>(), [&there.record().identity]);
    assert_eq!(session_key(stores, &identity).await, Ok(None));
    assert_eq!(rotate(stores, gone.session.id, 1, 10).await, RotationOutcome::Gone);
    assert_eq!(revoked_sessions(stores).await, vec![gone.session.id]);
    let rotated = rotate(stores, kept.session.id, 1, 10).await;
    assert!(matches!(rotated, RotationOutcome::Rotated { .. }));
    let audit =
        stores.audit.page_audit(&VisibleApps::All, Some(gone.user.id), None, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(erase_identity(stores, &identity).await, None, "it is erased already");
    // The unionid still identifies the user.
    assert_eq!(here.at(20).sign_in(stores).await.user.id, gone.user.id);
}

pub async fn erasing_the_last_identity_erases_the_user(stores: &Stores) {
    let login = Sample::of("oAlice").with_union("uAlice");
    let signed_in = login.sign_in(stores).await;
    set_status(stores, signed_in.user.id, UserStatus::Disabled).await;
    assert_eq!(erase_identity(stores, &login.record().identity).await, Some(signed_in.user.id));
    assert_eq!(stores.accounts.find_user(signed_in.user.id).await, Ok(None));
    assert_eq!(stores.sessions.list_sessions(signed_in.user.id).await, Ok(vec![]));
    assert_eq!(login.at(2000).outcome(stores).await, LoginOutcome::Disabled, "the ban stays");
}
