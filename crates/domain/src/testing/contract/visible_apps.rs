//! What a caller that is limited to certain apps sees and changes.

use super::actions::{
    audit_event, erase_identity, erase_user, is_merged, merge, open_conflicts, revoked_sessions,
    set_phone, set_status, user_change,
};
use super::{Sample, app_id};
use crate::model::{AuditAction, User, UserId, UserStatus, VisibleApps};
use crate::ports::{
    Clearing, Erasure, ErasureStep, LoginOutcome, Merge, MergeOutcome, Stores, UserChange,
    UserChangeOutcome,
};

fn only(apps: &[u32]) -> VisibleApps {
    VisibleApps::Only(apps.iter().map(|app| app_id(*app)).collect())
}

fn erasure(user_id: UserId, apps: VisibleApps) -> Erasure {
    let event = audit_event(AuditAction::UserErased, user_id, Sample::START);
    let tokens_until = Sample::TOKENS_UNTIL;
    Erasure { user_id, apps, step: ErasureStep::Complete, tokens_until, event }
}

/// Sets the status as an operator of these apps.
async fn change(
    stores: &Stores,
    user_id: UserId,
    apps: VisibleApps,
    status: UserStatus,
) -> UserChangeOutcome {
    let action = match status {
        UserStatus::Active => AuditAction::UserEnabled,
        UserStatus::Disabled => AuditAction::UserDisabled,
    };
    let change = UserChange { apps, status: Some(status), ..user_change(user_id, action) };
    let first = stores.accounts.change_user(change.clone()).await.unwrap();
    let again = stores.accounts.change_user(change).await.unwrap();
    assert_eq!(again, first, "given again, it comes to the same");
    first
}

/// Lists every user in pages.
async fn list(stores: &Stores, apps: &VisibleApps, limit: u32) -> Vec<User> {
    let mut users = Vec::new();
    loop {
        let after = users.last().map(|user: &User| user.id);
        let page = stores.accounts.page_users(apps, after, limit).await.unwrap();
        let is_last = page.len() < usize::try_from(limit).unwrap();
        users.extend(page);
        if is_last {
            return users;
        }
    }
}

pub async fn users_are_listed_by_app(stores: &Stores) {
    let mut ids = Vec::new();
    for number in 0..6 {
        let (person, union) = (format!("oPerson{number}"), format!("uPerson{number}"));
        let here = Sample::of(&person).in_app(1 + number % 2).with_union(&union);
        ids.push(here.sign_in(stores).await.user.id);
    }
    // One in both apps, and two of one app who are merged.
    let both = Sample::of("oBoth").in_app(2).with_union("uPerson0").at(1);
    assert_eq!(both.sign_in(stores).await.user.id, ids[0]);
    assert!(is_merged(&merge(stores, ids[5], ids[1]).await));
    let these = |numbers: &[usize]| numbers.iter().map(|it| ids[*it]).collect::<Vec<_>>();
    for limit in [1, 2, 3, 10] {
        let list = async |apps: &VisibleApps| {
            let users = list(stores, apps, limit).await;
            users.into_iter().map(|user| user.id).collect::<Vec<_>>()
        };
        assert_eq!(list(&only(&[1])).await, these(&[0, 2, 4]));
        assert_eq!(list(&only(&[2])).await, these(&[0, 3, 5]));
        assert_eq!(list(&only(&[1, 2, 3])).await, these(&[0, 2, 3, 4, 5]));
        assert_eq!(list(&only(&[3])).await, vec![]);
    }
    // The winner is in the loser's app, whatever app the winner was in before.
    assert!(is_merged(&merge(stores, ids[4], ids[3]).await));
    let users = list(stores, &only(&[2]), 2).await.into_iter().map(|user| user.id);
    assert_eq!(users.collect::<Vec<_>>(), these(&[0, 4, 5]));
}

pub async fn audit_events_are_listed_by_app(stores: &Stores) {
    let user = Sample::of("oAlice").sign_in(stores).await.user.id;
    let mut ids = Vec::new();
    for app in [Some(1), Some(2), None, Some(1)] {
        let mut change = user_change(user, AuditAction::UserTypeChanged);
        change.events[0].app_id = app.map(app_id);
        ids.push(change.events[0].id);
        stores.accounts.change_user(change).await.unwrap();
    }
    let page = async |apps: &VisibleApps, after, limit| {
        let events = stores.audit.page_audit(apps, Some(user), after, limit).await.unwrap();
        let all_users = stores.audit.page_audit(apps, None, after, limit).await.unwrap();
        assert_eq!(events, all_users);
        events.into_iter().map(|event| event.id).collect::<Vec<_>>()
    };
    assert_eq!(page(&VisibleApps::All, None, 10).await, ids);
    assert_eq!(page(&only(&[1]), None, 10).await, [ids[0], ids[3]]);
    assert_eq!(page(&only(&[1, 2]), None, 2).await, [ids[0], ids[1]]);
    assert_eq!(page(&only(&[1, 2]), Some(ids[1]), 2).await, [ids[3]]);
    assert!(page(&only(&[3]), None, 10).await.is_empty());
}

pub async fn users_of_other_apps_stay_as_they_are(stores: &Stores) {
    let signed_in = Sample::of("oAlice").with_union("uAlice").sign_in(stores).await;
    let id = signed_in.user.id;
    set_phone(stores, id, 1).await;
    let other = Sample::of("oOther").in_app(2).sign_in(stores).await.user.id;
    let before = stores.accounts.find_user(id).await;
    let elsewhere = only(&[2]);
    for status in [UserStatus::Disabled, UserStatus::Active] {
        let outcome = change(stores, id, elsewhere.clone(), status).await;
        assert_eq!(outcome, UserChangeOutcome::NotFound);
    }
    let event = audit_event(AuditAction::PhoneReleased, id, Sample::START);
    let clearing = Clearing {
        user_id: id,
        apps: elsewhere.clone(),
        nickname: true,
        avatar_url: true,
        phone: true,
        event,
    };
    assert_eq!(stores.accounts.clear(clearing).await, Ok(None));
    assert_eq!(stores.accounts.erase(erasure(id, elsewhere.clone())).await, Ok(false));
    for (winner, loser) in [(id, other), (other, id)] {
        let event = |user| audit_event(AuditAction::UsersMerged, user, Sample::START);
        let merge = Merge {
            winner,
            loser,
            apps: elsewhere.clone(),
            phone: None,
            tokens_until: Sample::TOKENS_UNTIL,
            event: event(winner),
            loser_event: event(loser),
        };
        assert_eq!(stores.accounts.merge(merge).await, Ok(MergeOutcome::NotTwo));
    }
    assert_eq!(stores.accounts.find_user(id).await, before);
    let session = stores.sessions.find_session(signed_in.session.id).await;
    assert_eq!(session, Ok(Some(signed_in.session)));
    assert_eq!(revoked_sessions(stores).await, vec![]);
    assert_eq!(stores.audit.page_audit(&VisibleApps::All, None, None, 10).await, Ok(vec![]));
}

pub async fn an_erasure_in_one_app_keeps_the_others(stores: &Stores) {
    for is_banned in [false, true] {
        let name = |what: &str| format!("{what}{is_banned}");
        let (here, union) = (name("oHere"), name("uAlice"));
        let here = Sample::of(&here).with_union(&union);
        let there = Sample::of(&name("oThere")).in_app(2).with_union(&union).at(1);
        let (kept, gone) = (here.sign_in(stores).await, there.sign_in(stores).await);
        let id = kept.user.id;
        let bob = Sample::of(&name("oBob")).in_app(3).with_union(&name("uBob"));
        bob.sign_in(stores).await;
        let conflict = Sample::of(&name("oThere")).in_app(2).with_union(&name("uBob")).at(2);
        assert!(conflict.sign_in(stores).await.union_conflict.is_some());
        if is_banned {
            set_status(stores, id, UserStatus::Disabled).await;
        }
        let erasure = erasure(id, only(&[2, 3]));
        assert_eq!(stores.accounts.erase(erasure.clone()).await, Ok(true));
        let identities = stores.accounts.identities(id).await.unwrap();
        let keys = identities.into_iter().map(|identity| identity.key).collect::<Vec<_>>();
        assert_eq!(keys, [here.record().identity]);
        assert_eq!(stores.sessions.find_session(gone.session.id).await, Ok(None));
        let kept_session = stores.sessions.find_session(kept.session.id).await;
        assert_eq!(kept_session, Ok(Some(kept.session)));
        assert_eq!(open_conflicts(stores).await, Ok(vec![]));
        let events = stores.audit.page_audit(&VisibleApps::All, Some(id), None, 10).await.unwrap();
        let erased = events.iter().find(|event| event.id == erasure.event.id).unwrap();
        assert_eq!(erased.action, AuditAction::IdentityErased);
        let back = Sample::of(&name("oThere")).in_app(2).at(3000);
        if is_banned {
            assert_eq!(back.outcome(stores).await, LoginOutcome::Disabled);
        } else {
            assert!(back.sign_in(stores).await.is_new);
        }
    }
}

pub async fn a_ban_is_lifted_in_the_visible_apps_only(stores: &Stores) {
    let here = |at| Sample::of("oHere").with_union("uAlice").at(at);
    let there = |at| Sample::of("oThere").in_app(2).with_union("uAlice").at(at);
    let id = here(0).sign_in(stores).await.user.id;
    there(1).sign_in(stores).await;
    set_status(stores, id, UserStatus::Disabled).await;
    assert!(erase_user(stores, id, ErasureStep::Complete, 2000).await);
    let audited = async || {
        let events = stores.audit.page_audit(&VisibleApps::All, Some(id), None, 10).await;
        events.unwrap().len()
    };
    let before = audited().await;
    let lift = async |apps| change(stores, id, apps, UserStatus::Active).await;
    assert_eq!(lift(only(&[3])).await, UserChangeOutcome::NotFound);
    assert_eq!(audited().await, before);
    assert_eq!(lift(only(&[2])).await, UserChangeOutcome::BanLifted);
    assert_eq!(audited().await, before + 1);
    assert_eq!(here(3000).outcome(stores).await, LoginOutcome::Disabled);
    assert!(there(3001).sign_in(stores).await.is_new);
    assert_eq!(lift(only(&[2])).await, UserChangeOutcome::NotFound, "there is none left");
    assert_eq!(lift(VisibleApps::All).await, UserChangeOutcome::BanLifted);
    here(4000).sign_in(stores).await;

    // A user who is still banned in another app is not shown, and stays banned there.
    let bob = |app, at| Sample::of("oBob").in_app(app).with_union("uBob").at(at);
    let id = bob(1, 0).sign_in(stores).await.user.id;
    bob(2, 1).sign_in(stores).await;
    set_status(stores, id, UserStatus::Disabled).await;
    assert_eq!(erase_identity(stores, &bob(2, 2).record().identity).await, Some(id));
    let lifted = change(stores, id, only(&[2]), UserStatus::Active).await;
    assert_eq!(lifted, UserChangeOutcome::BanLifted);
    assert_eq!(bob(1, 3000).outcome(stores).await, LoginOutcome::Disabled);
    assert!(change(stores, id, only(&[1]), UserStatus::Active).await.user().is_some());
    assert_eq!(bob(1, 3000).sign_in(stores).await.user.id, id);
}

pub async fn a_merge_needs_the_whole_loser(stores: &Stores) {
    let one = Sample::of("oOne").sign_in(stores).await.user.id;
    let two = Sample::of("oTwo").with_union("uTwo").sign_in(stores).await.user.id;
    Sample::of("oElsewhere").in_app(2).with_union("uTwo").at(1).sign_in(stores).await;
    let merge = async |winner, loser| {
        let event = |user| audit_event(AuditAction::UsersMerged, user, Sample::START);
        let merge = Merge {
            winner,
            loser,
            apps: only(&[1]),
            phone: None,
            tokens_until: Sample::TOKENS_UNTIL,
            event: event(winner),
            loser_event: event(loser),
        };
        stores.accounts.merge(merge).await.unwrap()
    };
    assert_eq!(merge(one, two).await, MergeOutcome::NotTwo);
    assert!(is_merged(&merge(two, one).await));
}
