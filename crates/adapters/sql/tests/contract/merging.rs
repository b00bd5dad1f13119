//! One instance merges two users while another does something with one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wxlogin_domain::model::{AuditAction, SealedPhone, SessionId, UserId, UserStatus, VisibleApps};
use wxlogin_domain::ports::{
    EndSessions, Ending, Erasure, ErasureStep, KeyedTag, Merge, MergeOutcome, NewPhone,
    PhoneOutcome, RotationOutcome, Sealed, Stores, UserChange,
};
use wxlogin_domain::testing::contract::Sample;

use super::instances::{after, event, rotate, two};

on_every_database! {
    who_signs_in_meanwhile_is_the_winner_from_then_on,
    who_refreshes_meanwhile_goes_on_as_the_winner,
    a_session_that_is_ended_meanwhile_is_ended,
    of_two_opposite_merges_one_happens,
    a_ban_falls_on_the_winner_or_finds_nobody,
    an_erasure_comes_first_or_finds_nobody,
    a_new_number_is_seen_or_finds_nobody,
    of_many_who_want_a_number_one_gets_it,
}

const ROUNDS: u32 = 8;

async fn merge(stores: &Stores, winner: UserId, loser: UserId) -> MergeOutcome {
    let [event, loser_event] = [winner, loser].map(|user| event(AuditAction::UsersMerged, user));
    let tokens_until = Sample::TOKENS_UNTIL;
    let merge = Merge {
        apps: VisibleApps::All,
        winner,
        loser,
        phone: None,
        tokens_until,
        event,
        loser_event,
    };
    stores.accounts.merge(merge).await.unwrap()
}

fn is_merged(outcome: &MergeOutcome) -> bool {
    matches!(outcome, MergeOutcome::Merged(_))
}

async fn set_phone(stores: &Stores, user_id: UserId, digit: u8) -> PhoneOutcome {
    let phone = SealedPhone { sealed: Sealed(vec![digit; 50]), tag: KeyedTag([digit; 32]) };
    stores
        .accounts
        .set_phone(NewPhone { user_id, phone, previous_tags: Vec::new(), now: after(7) })
        .await
        .unwrap()
}

/// A login of the first person, of the second, of the second from where only the unionid is known.
fn login(round: u32, number: u64, kind: usize) -> Sample {
    let (one, two) = (format!("oOne{round}"), format!("oTwo{round}"));
    let union = format!("uTwo{round}");
    match kind {
        0 => Sample::of(&one),
        1 => Sample::of(&two),
        2 => Sample::of(&two).with_union(&union),
        _ => Sample::of(&format!("oTwo{round}-{number}")).in_app(2).with_union(&union),
    }
    .at(number)
    .limited_to(5)
}

async fn people(stores: &Stores, round: u32) -> [UserId; 2] {
    let one = login(round, 0, 0).sign_in(stores).await.user.id;
    [one, login(round, 0, 2).sign_in(stores).await.user.id]
}

async fn who_signs_in_meanwhile_is_the_winner_from_then_on(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..ROUNDS {
        let [winner, loser] = people(&here, round).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let signing_in = [0, 1, 2, 3].map(|kind| {
            let (here, is_over) = (here.clone(), is_over.clone());
            tokio::spawn(async move {
                for number in 1.. {
                    let was_over = is_over.load(Ordering::SeqCst);
                    let signed_in = login(round, number, kind).sign_in(&here).await;
                    let user = signed_in.user.id;
                    assert!(!signed_in.is_new && (user == winner || (user == loser && !was_over)));
                    if was_over {
                        return;
                    }
                }
            })
        });
        // Not before all of that is under way.
        while there.accounts.identities(loser).await.unwrap().len() < 4 {
            tokio::task::yield_now().await;
        }
        let merged = merge(&there, winner, loser).await;
        is_over.store(true, Ordering::SeqCst);
        assert!(is_merged(&merged), "{merged:?}");
        for task in signing_in {
            task.await.unwrap();
        }
        assert_eq!(here.sessions.list_sessions(loser).await, Ok(vec![]));
        assert_eq!(here.accounts.identities(loser).await, Ok(vec![]));
    }
}

async fn who_refreshes_meanwhile_goes_on_as_the_winner(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..ROUNDS {
        let [winner, loser] = people(&here, round).await;
        let mut refreshing = Vec::new();
        for number in 1..5 {
            let session = login(round, number, 1).sign_in(&here).await.session;
            refreshing.push(tokio::spawn(refresh_until(here.clone(), session.id, winner)));
        }
        let sessions = there.sessions.list_sessions(loser);
        assert!(sessions.await.unwrap().len() > 3);
        let merged = merge(&there, winner, loser).await;
        assert!(is_merged(&merged), "{merged:?}");
        for task in refreshing {
            task.await.unwrap();
        }
    }
}

/// Refreshes again and again, until the session is this user's.
async fn refresh_until(stores: Stores, id: SessionId, winner: UserId) {
    for generation in 1.. {
        match rotate(&stores, id, generation).await {
            RotationOutcome::Rotated { user, session } => {
                assert_eq!(user.id, session.user_id);
                if user.id == winner {
                    return;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn a_session_that_is_ended_meanwhile_is_ended(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..ROUNDS {
        let [winner, loser] = people(&here, round).await;
        let session = login(round, 1, 1).sign_in(&here).await.session.id;
        let end = EndSessions {
            user_id: loser,
            ending: Ending::One(session),
            tokens_until: Sample::TOKENS_UNTIL,
            event: Some(event(AuditAction::RefreshTokenReused, loser).of_session(session)),
        };
        let (ended, merged) =
            tokio::join!(here.sessions.end_sessions(end), merge(&there, winner, loser));
        assert!(is_merged(&merged), "{merged:?}");
        assert_eq!(ended, Ok(1));
        assert_eq!(there.sessions.find_session(session).await, Ok(None));
        let feed = there.sessions.revocations(None, 100).await.unwrap();
        assert!(feed.revocations.iter().any(|revoked| revoked.subject == session.into()));
    }
}

async fn of_two_opposite_merges_one_happens(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..ROUNDS {
        let [one, other] = people(&here, round).await;
        let outcomes = tokio::join!(merge(&here, one, other), merge(&there, other, one));
        let winner = match outcomes {
            (MergeOutcome::Merged(user), MergeOutcome::NotTwo)
            | (MergeOutcome::NotTwo, MergeOutcome::Merged(user)) => user,
            outcomes => panic!("{outcomes:?}"),
        };
        for user in [one, other] {
            assert_eq!(here.accounts.find_user(user).await, Ok(Some(winner.clone())));
        }
    }
}

async fn a_ban_falls_on_the_winner_or_finds_nobody(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..ROUNDS {
        let [winner, loser] = people(&here, round).await;
        let change = UserChange {
            apps: VisibleApps::All,
            user_id: loser,
            status: Some(UserStatus::Disabled),
            user_type: None,
            tokens_until: Sample::TOKENS_UNTIL,
            events: vec![event(AuditAction::UserDisabled, loser)],
            now: after(5),
        };
        let (banned, merged) =
            tokio::join!(here.accounts.change_user(change), merge(&there, winner, loser));
        assert!(is_merged(&merged), "{merged:?}");
        let user = there.accounts.find_user(loser).await.unwrap().unwrap();
        let is_banned = banned.unwrap().user().is_some();
        assert_eq!((user.id, user.status == UserStatus::Disabled), (winner, is_banned));
    }
}

async fn an_erasure_comes_first_or_finds_nobody(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..ROUNDS {
        let [winner, loser] = people(&here, round).await;
        let erasure = Erasure {
            apps: VisibleApps::All,
            user_id: loser,
            step: ErasureStep::Complete,
            tokens_until: Sample::TOKENS_UNTIL,
            event: event(AuditAction::UserErased, loser),
        };
        let (erased, merged) =
            tokio::join!(here.accounts.erase(erasure), merge(&there, winner, loser));
        let is_erased = erased.unwrap();
        assert!(is_erased != is_merged(&merged), "{is_erased} {merged:?}");
        let found = there.accounts.find_user(loser).await.unwrap().map(|user| user.id);
        assert_eq!(found, (!is_erased).then_some(winner));
        let again = login(round, 9, 1).sign_in(&here).await;
        assert_eq!(again.is_new, is_erased);
    }
}

async fn a_new_number_is_seen_or_finds_nobody(url: &str) {
    let [here, there] = two(url).await;
    for round in 0..ROUNDS {
        let [winner, loser] = people(&here, round).await;
        let digit = u8::try_from(round).unwrap();
        let (set, merged) =
            tokio::join!(set_phone(&here, loser, digit), merge(&there, winner, loser));
        match (set, merged) {
            (PhoneOutcome::Stored(_), MergeOutcome::Moved) => {}
            (PhoneOutcome::Gone, MergeOutcome::Merged(user)) => assert_eq!(user.phone, None),
            outcomes => panic!("{outcomes:?}"),
        }
    }
}

async fn of_many_who_want_a_number_one_gets_it(url: &str) {
    let stores = two(url).await;
    let mut users = Vec::new();
    for round in 0..ROUNDS {
        users.extend(people(&stores[0], round).await);
    }
    for digit in 0..8 {
        let setting = users.iter().enumerate().map(|(n, user)| {
            let (stores, user) = (stores[n % 2].clone(), *user);
            tokio::spawn(async move { set_phone(&stores, user, digit).await })
        });
        let mut holders = Vec::new();
        for task in setting.collect::<Vec<_>>() {
            match task.await.unwrap() {
                PhoneOutcome::Stored(user) => holders.push(user),
                PhoneOutcome::Taken => {}
                PhoneOutcome::Gone => panic!("everybody is there"),
            }
        }
        let [holder] = holders.as_slice() else { panic!("{digit}: {holders:?}") };
        assert_eq!(stores[1].accounts.find_user(holder.id).await, Ok(Some(holder.clone())));
    }
}
