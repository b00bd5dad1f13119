//! A merge, or the erasure of an identity, that was interrupted or slow: it has happened completely or
//! not at all, whichever call comes first.

use std::collections::BTreeSet;

use wxlogin_domain::model::{
    AuditAction, AvatarName, AvatarUrl, Profile, SealedPhone, Session, User, UserId, VisibleApps,
};
use wxlogin_domain::ports::{
    ErasureStep, KeyedTag, MergeOutcome, NewPhone, PhoneOutcome, ProfileChange, RotationOutcome,
    Sealed, Stores,
};
use wxlogin_domain::testing::contract::{Sample, SignedIn, open_conflicts};

use crate::harness::{Harness, after, erase, erase_identity, merge, rotate, session_key};
use crate::interrupting_proxy::InterruptingProxy;

fn number(seal: u8) -> SealedPhone {
    SealedPhone { sealed: Sealed(vec![seal; 50]), tag: KeyedTag([7; 32]) }
}

async fn set_number(stores: &Stores, user_id: UserId) -> PhoneOutcome {
    let (phone, previous_tags) = (number(1), Vec::new());
    let phone = NewPhone { user_id, phone, previous_tags, now: after(5) };
    stores.accounts.set_phone(phone).await.unwrap()
}

/// The loser's avatar.
fn avatar() -> AvatarName {
    AvatarName::parse("0123456789abcdef0123456789abcdef.jpg").unwrap()
}

/// Two accounts of one person, and another user.
struct People {
    winner: SignedIn,
    loser: SignedIn,
    bob: User,
}

impl People {
    async fn sign_up(stores: &Stores) -> Self {
        let winner = Sample::of("oOne").with_union("uAlice").sign_in(stores).await;
        let there = Sample::of("oTwo").in_app(2).named("Two").replayable(9).at(1);
        let loser = there.sign_in(stores).await;
        let late = Sample::of("oTwo").in_app(2).with_union("uAlice").at(2).sign_in(stores).await;
        assert!(late.union_conflict.is_some());
        assert!(matches!(set_number(stores, loser.user.id).await, PhoneOutcome::Stored(_)));
        let profile = Profile { nickname: None, avatar_url: Some(AvatarUrl::hosted(&avatar())) };
        let change = ProfileChange::set(loser.user.id, profile, after(5));
        stores.accounts.change_profile(change).await.unwrap();
        let bob = Sample::of("oBob").sign_in(stores).await.user;
        Self { winner, loser, bob }
    }

    fn ids(&self) -> (UserId, UserId) {
        (self.winner.user.id, self.loser.user.id)
    }
}

/// The first call after the interruption.
#[derive(Debug, Clone, Copy)]
enum First {
    Finds,
    Pages,
    Refreshes,
    RepeatsALogin,
    SignsIn,
    WantsTheNumber,
    Settles,
    SweepsAvatars,
    Merges,
    Starts,
}

const FIRST: [First; 10] = [
    First::Finds,
    First::Pages,
    First::Refreshes,
    First::RepeatsALogin,
    First::SignsIn,
    First::WantsTheNumber,
    First::Settles,
    First::SweepsAvatars,
    First::Merges,
    First::Starts,
];

async fn look(harness: &Harness, people: &People, first: First) {
    let stores = &harness.stores;
    let (winner, loser) = people.ids();
    match first {
        First::Finds => {
            assert_eq!(stores.accounts.find_user(loser).await.unwrap().unwrap().id, winner);
        }
        First::Pages => {
            assert_eq!(
                stores.accounts.page_users(&VisibleApps::All, None, 10).await.unwrap().len(),
                2
            );
        }
        First::Refreshes => {
            let rotated = rotate(stores, people.loser.session.id, 1).await;
            let RotationOutcome::Rotated { user, .. } = rotated else { panic!("{rotated:?}") };
            assert_eq!(user.id, winner);
        }
        First::RepeatsALogin => {
            let replayed = stores.sessions.find_replay(KeyedTag([9; 32])).await.unwrap().unwrap();
            assert_eq!(replayed.user.id, winner);
        }
        First::SignsIn => {
            let login = Sample::of("oTwo").in_app(2).at(60).sign_in(stores).await;
            assert_eq!((login.user.id, login.is_new), (winner, false));
        }
        First::WantsTheNumber => {
            assert_eq!(set_number(stores, people.bob.id).await, PhoneOutcome::Taken);
        }
        First::Settles => {
            assert_eq!(open_conflicts(stores).await, Ok(vec![]));
        }
        First::SweepsAvatars => {
            let names = BTreeSet::from([avatar()]);
            assert_eq!(stores.accounts.avatars_in_use(names.clone()).await, Ok(names));
        }
        First::Merges => {
            let again = merge(stores, winner, loser, Some(number(2))).await;
            assert_eq!(again, Ok(MergeOutcome::NotTwo));
        }
        First::Starts => harness.database.migrate().await.unwrap(),
    }
}

async fn assert_one(harness: &Harness, people: &People) {
    let stores = &harness.stores;
    let (winner, loser) = people.ids();
    let found = stores.accounts.find_user(loser).await.unwrap().unwrap();
    assert_eq!(found.id, winner);
    assert_eq!(
        (found.phone, found.nickname, found.avatar_url),
        (Some(number(2)), people.loser.user.nickname.clone(), Some(AvatarUrl::hosted(&avatar())))
    );
    assert_eq!(stores.accounts.identities(winner).await.unwrap().len(), 2);
    let sessions = stores.sessions.list_sessions(winner).await.unwrap();
    let has = |session: &Session| sessions.iter().filter(|one| one.id == session.id).count();
    assert_eq!((has(&people.winner.session), has(&people.loser.session)), (1, 1));
    for user in [winner, loser] {
        assert_eq!(harness.audit_actions(user).await, [AuditAction::UsersMerged]);
    }
    let feed = stores.sessions.revocations(None, 100).await.unwrap();
    let revoked = feed.revocations.iter().map(|one| one.subject).collect::<Vec<_>>();
    assert_eq!(revoked, [loser.into()]);
    assert_eq!(open_conflicts(stores).await, Ok(vec![]));
    assert_eq!(erase(stores, winner, ErasureStep::Complete).await, Ok(true));
    harness.assert_no_trace(winner).await;
    harness.assert_no_trace(loser).await;
}

/// Whether the merge was interrupted; `None` without a server.
async fn interrupt_after(writes: usize, first: First) -> Option<bool> {
    let harness = Harness::new().await?;
    let people = People::sign_up(&harness.stores).await;
    let (winner, loser) = people.ids();
    let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
    let answer = merge(&instance.stores(), winner, loser, Some(number(2))).await;
    if writes == 0 {
        assert!(answer.is_err(), "{answer:?}");
        let found = harness.stores.accounts.find_user(loser).await.unwrap().unwrap();
        assert_eq!((found.id, found.phone), (loser, Some(number(1))));
        return Some(true);
    }
    look(&harness, &people, first).await;
    assert_one(&harness, &people).await;
    Some(proxy.is_severed())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_merge_has_happened_or_not() {
    for writes in 0.. {
        // After the first write only the loser's mark shows that something is unfinished.
        let number = if writes == 1 { FIRST.len() } else { 1 };
        let mut interrupted = false;
        for first in FIRST.iter().cycle().skip(writes).take(number) {
            interrupted |= interrupt_after(writes, *first).await == Some(true);
        }
        if !interrupted {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loser_stays_if_the_winner_is_erased_meanwhile() {
    let Some(harness) = Harness::new().await else { return };
    let people = People::sign_up(&harness.stores).await;
    let (winner, loser) = people.ids();
    let (proxy, instance) = InterruptingProxy::held_after(1, &harness.scratch).await;
    let stores = instance.stores();
    let merging = tokio::spawn(async move { merge(&stores, winner, loser, Some(number(2))).await });
    proxy.holds().await;
    assert_eq!(erase(&harness.stores, winner, ErasureStep::Complete).await, Ok(true));
    proxy.release();
    assert_eq!(merging.await.unwrap(), Ok(MergeOutcome::NotTwo));
    let found = harness.stores.accounts.find_user(loser).await.unwrap().unwrap();
    assert_eq!((found.id, found.phone), (loser, Some(number(1))));
    let rotated = rotate(&harness.stores, people.loser.session.id, 1).await;
    assert!(matches!(rotated, RotationOutcome::Rotated { .. }), "{rotated:?}");
    assert!(harness.stores.sessions.find_replay(KeyedTag([9; 32])).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_merges_that_contradict_each_other_make_one_user() {
    let Some(harness) = Harness::new().await else { return };
    let one = Sample::of("oOne").sign_in(&harness.stores).await.user.id;
    let two = Sample::of("oTwo").sign_in(&harness.stores).await.user.id;
    let mut merging = Vec::new();
    for (winner, loser) in [(one, two), (two, one)] {
        let (proxy, instance) = InterruptingProxy::held_after(0, &harness.scratch).await;
        let stores = instance.stores();
        let task = tokio::spawn(async move { merge(&stores, winner, loser, None).await });
        proxy.holds().await;
        merging.push((proxy, task));
    }
    for (proxy, _) in &merging {
        proxy.release();
    }
    let mut merged = 0;
    for (_, task) in merging {
        merged += usize::from(matches!(task.await.unwrap(), Ok(MergeOutcome::Merged(_))));
    }
    assert_eq!(merged, 1);
    let users = harness.stores.accounts.page_users(&VisibleApps::All, None, 10).await.unwrap();
    assert_eq!(users.len(), 1);
    for person in ["oOne", "oTwo"] {
        assert_eq!(Sample::of(person).at(60).sign_in(&harness.stores).await.user.id, users[0].id);
    }
}

/// The loser's identities still name the loser when the merge is interrupted.
#[tokio::test(flavor = "multi_thread")]
async fn one_identity_of_two_is_erased_after_an_interrupted_merge() {
    for writes in 1.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let people = People::sign_up(stores).await;
        let (winner, loser) = people.ids();
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        drop(merge(&instance.stores(), winner, loser, Some(number(2))).await);
        // Before the second write the merge has not happened.
        if writes > 1 {
            assert_eq!(stores.accounts.identities(winner).await.unwrap().len(), 2);
            let one = Sample::of("oOne").record().identity;
            assert_eq!(erase_identity(stores, one, winner).await, Ok(Some(winner)));
            let login = Sample::of("oTwo").in_app(2).at(60).sign_in(stores).await;
            assert_eq!((login.user.id, login.is_new), (winner, false));
        }
        if !proxy.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_erasure_of_an_identity_has_happened_or_not() {
    for writes in 0.. {
        let Some(harness) = Harness::new().await else { return };
        let stores = &harness.stores;
        let here = Sample::of("oAlice").with_union("uAlice");
        let gone = here.sign_in(stores).await;
        Sample::of("oOther").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        let identity = here.record().identity;
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        let answer = erase_identity(&instance.stores(), identity.clone(), gone.user.id).await;
        if writes == 0 {
            assert!(answer.is_err(), "{answer:?}");
            assert!(session_key(stores, &identity).await.unwrap().is_some());
            continue;
        }
        assert_eq!(answer, Ok(Some(gone.user.id)));
        match writes % 3 {
            0 => assert_eq!(session_key(stores, &identity).await, Ok(None)),
            1 => assert_eq!(stores.accounts.find_by_identity(&identity).await, Ok(None)),
            _ => assert_eq!(stores.accounts.identities(gone.user.id).await.unwrap().len(), 1),
        }
        assert_eq!(stores.accounts.find_by_identity(&identity).await, Ok(None));
        assert_eq!(rotate(stores, gone.session.id, 1).await, RotationOutcome::Gone);
        assert_eq!(harness.audit_actions(gone.user.id).await, [AuditAction::IdentityErased]);
        assert_eq!(harness.revoked().await, [gone.session.id]);
        assert_eq!(here.at(2000).sign_in(stores).await.user.id, gone.user.id);
        harness.assert_consistent().await;
        if !proxy.is_severed() {
            break;
        }
    }
}
