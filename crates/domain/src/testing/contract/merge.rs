//! Merging two users.

use futures_util::future::join_all;

use super::actions::{
    after, end_as_reused, end_sessions, erase_identity, erase_user, is_merged, merge,
    merge_with_phone, open_conflicts, phone, revoked_sessions, rotate, set_phone, set_status,
};
use super::{Sample, SignedIn};
use crate::model::{AuditAction, SealedPhone, SessionId, UserStatus, VisibleApps};
use crate::ports::{Ending, ErasureStep, LoginOutcome, MergeOutcome, RotationOutcome, Stores};

/// Two users of one person, who signed in to both before WeChat named the unionid.
async fn two(stores: &Stores) -> (SignedIn, SignedIn) {
    let one = Sample::of("oOne").with_union("uAlice").sign_in(stores).await;
    let other = Sample::of("oTwo").in_app(2).at(1).sign_in(stores).await;
    let late = Sample::of("oTwo").in_app(2).with_union("uAlice").at(2).sign_in(stores).await;
    assert!(late.union_conflict.is_some());
    (one, other)
}

pub async fn two_users_become_one(stores: &Stores) {
    let (one, two) = two(stores).await;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    let MergeOutcome::Merged(merged) = merge(stores, one.user.id, two.user.id).await else {
        panic!("the merge failed")
    };
    assert_eq!((merged.id, merged.updated_at), (one.user.id, after(50)));
    assert_eq!(merged.last_login_at, after(1));
    assert_eq!(stores.accounts.find_user(one.user.id).await, Ok(Some(merged.clone())));
    assert_eq!(stores.accounts.find_user(two.user.id).await, Ok(Some(merged.clone())));
    let identities = stores.accounts.identities(one.user.id).await.unwrap();
    assert_eq!(identities.len(), 2);
    let users = stores.accounts.page_users(&VisibleApps::All, None, 10).await.unwrap();
    let mut expected = vec![merged, bob];
    expected.sort_by_key(|user| user.id);
    assert_eq!(users, expected, "the loser is not listed");
    for login in [
        Sample::of("oOne").at(60),
        Sample::of("oTwo").in_app(2).at(61),
        Sample::of("oTwo").in_app(2).with_union("uAlice").at(62),
        Sample::of("oThree").in_app(3).with_union("uAlice").at(63),
    ] {
        let signed_in = login.sign_in(stores).await;
        assert_eq!(signed_in.user.id, one.user.id);
        assert_eq!(signed_in.union_conflict, None);
        assert!(!signed_in.is_new);
    }
}

pub async fn refresh_tokens_of_both_users_keep_working(stores: &Stores) {
    let (one, two) = two(stores).await;
    merge(stores, one.user.id, two.user.id).await;
    for session in [one.session, two.session] {
        let RotationOutcome::Rotated { user, session } = rotate(stores, session.id, 1, 60).await
        else {
            panic!("the rotation failed")
        };
        assert_eq!((user.id, session.user_id), (one.user.id, one.user.id));
    }
    let sessions = stores.sessions.list_sessions(one.user.id).await.unwrap();
    assert_eq!(sessions.len(), 3);
    // The loser's access tokens are revoked, because they name a user that no longer exists.
    let loser = SessionId::from_uuid(two.user.id.as_uuid());
    assert_eq!(revoked_sessions(stores).await, vec![loser]);
}

pub async fn missing_profile_fields_come_from_the_loser(stores: &Stores) {
    let one = Sample::of("oOne").named("One").at(5).sign_in(stores).await.user;
    let login = Sample::of("oTwo").named("Two").pictured("https://cdn.example.com/two.png");
    let two = login.sign_in(stores).await.user;
    set_phone(stores, two.id, 1).await;
    let resealed = SealedPhone { tag: phone(1).tag, ..phone(9) };
    let merged = merge_with_phone(stores, one.id, two.id, Some(resealed.clone())).await;
    let MergeOutcome::Merged(merged) = merged else { panic!("{merged:?}") };
    assert_eq!(merged.nickname, one.nickname);
    assert_eq!(merged.avatar_url, two.avatar_url);
    assert_eq!(merged.phone, Some(resealed));
    assert_eq!(merged.created_at, Sample::START);
    assert_eq!(stores.accounts.find_user(two.id).await, Ok(Some(merged)));
}

pub async fn a_ban_survives_a_merge(stores: &Stores) {
    for (number, banned_first) in [(1, true), (2, false)] {
        let (here, there) = (format!("oOne{number}"), format!("oTwo{number}"));
        let one = Sample::of(&here).sign_in(stores).await;
        let two = Sample::of(&there).sign_in(stores).await;
        let banned = if banned_first { one.user.id } else { two.user.id };
        set_status(stores, banned, UserStatus::Disabled).await;
        let merged = merge(stores, one.user.id, two.user.id).await;
        assert!(
            matches!(&merged, MergeOutcome::Merged(user) if user.status == UserStatus::Disabled),
            "{merged:?}"
        );
        for session in [one.session.id, two.session.id] {
            assert_eq!(rotate(stores, session, 1, 60).await, RotationOutcome::Disabled);
            assert!(revoked_sessions(stores).await.contains(&session));
        }
        for person in [here, there] {
            let login = Sample::of(&person).at(2000);
            assert_eq!(login.outcome(stores).await, LoginOutcome::Disabled);
        }
    }
}

pub async fn a_conflict_names_the_current_owner_of_the_unionid(stores: &Stores) {
    let banned = Sample::of("oOne").with_union("uAlice").sign_in(stores).await.user.id;
    let other = Sample::of("oTwo").in_app(2).at(1).sign_in(stores).await.user.id;
    set_status(stores, banned, UserStatus::Disabled).await;
    assert!(erase_user(stores, banned, ErasureStep::Complete, 2000).await);
    let late = |at| Sample::of("oTwo").in_app(2).with_union("uAlice").at(at);
    let conflict = late(3000).sign_in(stores).await.union_conflict.unwrap();
    assert_eq!((conflict.user_id, conflict.owner), (other, None));

    // After the ban is lifted, the first login claims the unionid.
    set_status(stores, banned, UserStatus::Active).await;
    let first = Sample::of("oOne").with_union("uAlice").at(4000).sign_in(stores).await.user.id;
    late(4001).sign_in(stores).await;
    let listed = open_conflicts(stores).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].user_id, listed[0].owner), (other, Some(first)));
    assert!(is_merged(&merge(stores, first, other).await));
    assert_eq!(open_conflicts(stores).await, Ok(vec![]));
}

pub async fn merges_can_be_chained(stores: &Stores) {
    let mut users = Vec::new();
    for person in ["oOne", "oTwo", "oThree"] {
        users.push(Sample::of(person).sign_in(stores).await.user.id);
    }
    assert!(is_merged(&merge(stores, users[1], users[0]).await));
    assert!(is_merged(&merge(stores, users[2], users[1]).await));
    for user in &users {
        let found = stores.accounts.find_user(*user).await.unwrap().unwrap();
        assert_eq!(found.id, users[2]);
    }
    assert_eq!(Sample::of("oOne").at(60).sign_in(stores).await.user.id, users[2]);
}

pub async fn a_merge_removes_its_conflict(stores: &Stores) {
    let (one, two) = two(stores).await;
    let other = Sample::of("oBob").with_union("uBob").sign_in(stores).await.user;
    Sample::of("oTwo").in_app(2).with_union("uBob").at(3).sign_in(stores).await;
    assert_eq!(open_conflicts(stores).await.unwrap().len(), 2);
    merge(stores, one.user.id, two.user.id).await;
    let left = open_conflicts(stores).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].user_id, left[0].owner), (one.user.id, Some(other.id)));
}

pub async fn a_merge_needs_two_existing_users(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user;
    let nobody = Sample::of("oNobody").record().new_user_id;
    for (winner, loser) in [(user.id, nobody), (nobody, user.id), (user.id, user.id)] {
        assert_eq!(merge(stores, winner, loser).await, MergeOutcome::NotTwo);
    }
    assert_eq!(stores.accounts.find_user(user.id).await, Ok(Some(user)));
    assert_eq!(stores.audit.page_audit(&VisibleApps::All, None, None, 10).await, Ok(vec![]));
}

pub async fn a_merge_refuses_an_outdated_phone_number(stores: &Stores) {
    let one = Sample::of("oOne").sign_in(stores).await.user.id;
    let two = Sample::of("oTwo").sign_in(stores).await.user.id;
    set_phone(stores, two, 1).await;
    for stale in [None, Some(phone(2))] {
        assert_eq!(merge_with_phone(stores, one, two, stale).await, MergeOutcome::Moved);
    }
    set_phone(stores, one, 3).await;
    let late = merge_with_phone(stores, one, two, Some(phone(1))).await;
    assert_eq!(late, MergeOutcome::Moved, "the winner has a number by now");
    let MergeOutcome::Merged(user) = merge(stores, one, two).await else {
        panic!("the merge failed")
    };
    assert_eq!(user.phone, Some(phone(3)));
    let bob = Sample::of("oBob").sign_in(stores).await.user.id;
    let free = set_phone(stores, bob, 1).await;
    assert!(matches!(free, crate::ports::PhoneOutcome::Stored(_)), "the loser's number is free");
}

pub async fn concurrent_merge_and_logins_leave_one_user(stores: &Stores) {
    for round in 0..6 {
        let people = [format!("oOne{round}"), format!("oTwo{round}")];
        let one = Sample::of(&people[0]).sign_in(stores).await.user.id;
        let two = Sample::of(&people[1]).sign_in(stores).await.user.id;
        let logins = (0..8).map(|n| {
            let (stores, login) = (stores.clone(), Sample::of(&people[n % 2]).at(60));
            tokio::spawn(async move { login.sign_in(&stores).await })
        });
        let (signed_in, merged) = tokio::join!(join_all(logins), merge(stores, one, two));
        assert!(is_merged(&merged));
        for login in signed_in {
            let login = login.unwrap();
            assert!([one, two].contains(&login.user.id) && !login.is_new);
            let session = stores.sessions.find_session(login.session.id).await.unwrap().unwrap();
            assert_eq!(session.user_id, one, "no session stays with the loser");
        }
        for person in &people {
            assert_eq!(Sample::of(person).at(70).sign_in(stores).await.user.id, one);
        }
    }
}

pub async fn erasing_the_winner_erases_the_loser(stores: &Stores) {
    let (one, two) = two(stores).await;
    merge(stores, one.user.id, two.user.id).await;
    erase_user(stores, one.user.id, ErasureStep::Complete, 100).await;
    for user in [one.user.id, two.user.id] {
        assert_eq!(stores.accounts.find_user(user).await, Ok(None));
    }
    assert!(Sample::of("oTwo").in_app(2).at(200).sign_in(stores).await.is_new);
}

pub async fn a_merge_cancels_a_scheduled_erasure(stores: &Stores) {
    for (number, winner_goes) in [(1, true), (2, false)] {
        let one = Sample::of(&format!("oOne{number}")).sign_in(stores).await.user.id;
        let two = Sample::of(&format!("oTwo{number}")).sign_in(stores).await.user.id;
        let going = if winner_goes { one } else { two };
        assert!(erase_user(stores, going, ErasureStep::Schedule(after(1000)), 5).await);
        let MergeOutcome::Merged(merged) = merge(stores, one, two).await else {
            panic!("the merge failed")
        };
        assert_eq!(merged.erase_at, None);
        assert_eq!(stores.accounts.due_erasures(after(5000), 10).await, Ok(vec![]));
        for user in [one, two] {
            assert!(!erase_user(stores, user, ErasureStep::CompleteIfDue, 5000).await);
        }
        let back = Sample::of(&format!("oTwo{number}")).at(60).sign_in(stores).await;
        assert_eq!((back.user.id, back.is_new), (one, false));
    }
}

/// The caller may have read the session's user before the merge.
pub async fn the_losers_sessions_can_still_be_ended(stores: &Stores) {
    let (one, two) = two(stores).await;
    let bob = Sample::of("oBob").sign_in(stores).await;
    merge(stores, one.user.id, two.user.id).await;
    let event = end_as_reused(stores, &two.session).await;
    assert_eq!(stores.sessions.find_session(two.session.id).await, Ok(None));
    assert!(revoked_sessions(stores).await.contains(&two.session.id));
    let audited =
        stores.audit.page_audit(&VisibleApps::All, Some(one.user.id), None, 10).await.unwrap();
    let ended = audited.into_iter().find(|found| found.id == event.id).unwrap();
    assert_eq!((ended.action, ended.session_id), (event.action, Some(two.session.id)));

    let kept = Sample::of("oTwo").in_app(2).at(60).sign_in(stores).await.session;
    let ended = end_sessions(stores, two.user.id, Ending::AllBut(kept.id), None).await;
    assert_eq!(ended, 2, "they belong to the winner");
    assert_eq!(stores.sessions.list_sessions(one.user.id).await, Ok(vec![kept]));
    assert!(revoked_sessions(stores).await.contains(&one.session.id));
    let left = stores.sessions.list_sessions(bob.user.id).await;
    assert_eq!(left, Ok(vec![bob.session]), "other users do not change");
}

pub async fn the_losers_tombstones_move_to_the_winner(stores: &Stores) {
    let winner = Sample::of("oOne").sign_in(stores).await.user.id;
    let loser = Sample::of("oTwo").with_union("uTwo").sign_in(stores).await.user.id;
    let gone = Sample::of("oGone").in_app(2).with_union("uTwo").at(1);
    gone.sign_in(stores).await;
    set_status(stores, loser, UserStatus::Disabled).await;
    assert_eq!(erase_identity(stores, &gone.record().identity).await, Some(loser));
    assert!(is_merged(&merge(stores, winner, loser).await));
    let back = Sample::of("oGone").in_app(2).at(2000);
    assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled);
    set_status(stores, winner, UserStatus::Active).await;
    assert!(back.sign_in(stores).await.is_new);
}

pub async fn a_merge_is_audited_for_both_users(stores: &Stores) {
    let (one, two) = two(stores).await;
    let bob = Sample::of("oBob").sign_in(stores).await.user.id;
    merge(stores, one.user.id, two.user.id).await;
    let audited = async |user| {
        let events =
            stores.audit.page_audit(&VisibleApps::All, Some(user), None, 10).await.unwrap();
        events.into_iter().map(|event| (event.action, event.at)).collect::<Vec<_>>()
    };
    let merged = vec![(AuditAction::UsersMerged, after(50))];
    assert_eq!(audited(one.user.id).await, merged);
    assert_eq!(audited(two.user.id).await, merged);
    assert_eq!(audited(bob).await, []);
    erase_user(stores, one.user.id, ErasureStep::Complete, 100).await;
    assert_eq!(audited(two.user.id).await, merged, "the event survives the winner's erasure");
}
