//! A merge, or the erasure of an identity, that broke off or was slow: it has happened as a whole or
//! not at all, whoever looks first.

use std::collections::BTreeSet;

use wxlogin_domain::model::{
    AuditAction, AvatarName, AvatarUrl, Profile, SealedPhone, Session, User, UserId,
};
use wxlogin_domain::ports::{
    ErasureStep, KeyedTag, MergeOutcome, NewPhone, PhoneOutcome, RotationOutcome, Sealed, Stores,
};
use wxlogin_domain::testing::contract::{Sample, SignedIn};

use crate::house::{House, after, erase, erase_identity, merge, rotate, session_key};
use crate::stepping::Way;

fn number(seal: u8) -> SealedPhone {
    SealedPhone { sealed: Sealed(vec![seal; 50]), tag: KeyedTag([7; 32]) }
}

async fn set_number(stores: &Stores, user_id: UserId) -> PhoneOutcome {
    let phone = NewPhone { user_id, phone: number(1), now: after(5) };
    stores.accounts.set_phone(phone).await.unwrap()
}

/// The loser's picture.
fn picture() -> AvatarName {
    AvatarName::parse("0123456789abcdef0123456789abcdef.jpg").unwrap()
}

/// Two accounts of one person, and somebody else.
struct People {
    winner: SignedIn,
    loser: SignedIn,
    bob: User,
}

impl People {
    async fn move_in(stores: &Stores) -> Self {
        let winner = Sample::of("oOne").with_union("uAlice").sign_in(stores).await;
        let there = Sample::of("oTwo").in_app(2).named("Two").replayable(9).at(1);
        let loser = there.sign_in(stores).await;
        let late = Sample::of("oTwo").in_app(2).with_union("uAlice").at(2).sign_in(stores).await;
        assert!(late.union_conflict.is_some());
        assert!(matches!(set_number(stores, loser.user.id).await, PhoneOutcome::Stored(_)));
        let profile = Profile { nickname: None, avatar_url: Some(AvatarUrl::hosted(&picture())) };
        stores.accounts.change_profile(loser.user.id, profile, after(5)).await.unwrap();
        let bob = Sample::of("oBob").sign_in(stores).await.user;
        Self { winner, loser, bob }
    }

    fn ids(&self) -> (UserId, UserId) {
        (self.winner.user.id, self.loser.user.id)
    }
}

/// Who looks first.
#[derive(Debug, Clone, Copy)]
enum First {
    Finds,
    Pages,
    Refreshes,
    RepeatsALogin,
    SignsIn,
    WantsTheNumber,
    Settles,
    SweepsPictures,
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
    First::SweepsPictures,
    First::Merges,
    First::Starts,
];

async fn look(house: &House, people: &People, first: First) {
    let stores = &house.stores;
    let (winner, loser) = people.ids();
    match first {
        First::Finds => {
            assert_eq!(stores.accounts.find_user(loser).await.unwrap().unwrap().id, winner);
        }
        First::Pages => {
            assert_eq!(stores.accounts.page_users(None, 10).await.unwrap().len(), 2);
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
            assert_eq!(stores.accounts.union_conflicts().await, Ok(vec![]));
        }
        First::SweepsPictures => {
            let names = BTreeSet::from([picture()]);
            assert_eq!(stores.accounts.avatars_in_use(names.clone()).await, Ok(names));
        }
        First::Merges => {
            let again = merge(stores, winner, loser, Some(number(2))).await;
            assert_eq!(again, Ok(MergeOutcome::NotTwo));
        }
        First::Starts => house.database.migrate().await.unwrap(),
    }
}

async fn assert_one(house: &House, people: &People) {
    let stores = &house.stores;
    let (winner, loser) = people.ids();
    let found = stores.accounts.find_user(loser).await.unwrap().unwrap();
    assert_eq!(found.id, winner);
    assert_eq!(
        (found.phone, found.nickname, found.avatar_url),
        (Some(number(2)), people.loser.user.nickname.clone(), Some(AvatarUrl::hosted(&picture())))
    );
    assert_eq!(stores.accounts.identities(winner).await.unwrap().len(), 2);
    let sessions = stores.sessions.list_sessions(winner).await.unwrap();
    let has = |session: &Session| sessions.iter().filter(|one| one.id == session.id).count();
    assert_eq!((has(&people.winner.session), has(&people.loser.session)), (1, 1));
    for user in [winner, loser] {
        assert_eq!(house.told(user).await, [AuditAction::UsersMerged]);
    }
    let feed = stores.sessions.revocations(None).await.unwrap();
    let revoked = feed.revocations.iter().map(|one| one.subject).collect::<Vec<_>>();
    assert_eq!(revoked, [loser.into()]);
    assert_eq!(stores.accounts.union_conflicts().await, Ok(vec![]));
    assert_eq!(erase(stores, winner, ErasureStep::Complete).await, Ok(true));
    house.assert_no_trace(winner).await;
    house.assert_no_trace(loser).await;
}

/// Whether the merge broke off; `None` when there is no server.
async fn break_off_after(writes: usize, first: First) -> Option<bool> {
    let house = House::new().await?;
    let people = People::move_in(&house.stores).await;
    let (winner, loser) = people.ids();
    let (way, instance) = Way::severed_after(writes, &house.scratch).await;
    let answer = merge(&instance.stores(), winner, loser, Some(number(2))).await;
    if writes == 0 {
        assert!(answer.is_err(), "{answer:?}");
        let found = house.stores.accounts.find_user(loser).await.unwrap().unwrap();
        assert_eq!((found.id, found.phone), (loser, Some(number(1))));
        return Some(true);
    }
    look(&house, &people, first).await;
    assert_one(&house, &people).await;
    Some(way.is_severed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_broke_off_has_happened_or_not() {
    for writes in 0.. {
        // After the first write nothing but the loser's mark says that there is something to do.
        let number = if writes == 1 { FIRST.len() } else { 1 };
        let mut broke_off = false;
        for first in FIRST.iter().cycle().skip(writes).take(number) {
            broke_off |= break_off_after(writes, *first).await == Some(true);
        }
        if !broke_off {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loser_whose_winner_is_erased_meanwhile_stays() {
    let Some(house) = House::new().await else { return };
    let people = People::move_in(&house.stores).await;
    let (winner, loser) = people.ids();
    let (way, instance) = Way::held_after(1, &house.scratch).await;
    let stores = instance.stores();
    let merging = tokio::spawn(async move { merge(&stores, winner, loser, Some(number(2))).await });
    way.holds().await;
    assert_eq!(erase(&house.stores, winner, ErasureStep::Complete).await, Ok(true));
    way.release();
    assert_eq!(merging.await.unwrap(), Ok(MergeOutcome::NotTwo));
    let found = house.stores.accounts.find_user(loser).await.unwrap().unwrap();
    assert_eq!((found.id, found.phone), (loser, Some(number(1))));
    let rotated = rotate(&house.stores, people.loser.session.id, 1).await;
    assert!(matches!(rotated, RotationOutcome::Rotated { .. }), "{rotated:?}");
    assert!(house.stores.sessions.find_replay(KeyedTag([9; 32])).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_merges_that_contradict_each_other_make_one_user() {
    let Some(house) = House::new().await else { return };
    let one = Sample::of("oOne").sign_in(&house.stores).await.user.id;
    let two = Sample::of("oTwo").sign_in(&house.stores).await.user.id;
    let mut merging = Vec::new();
    for (winner, loser) in [(one, two), (two, one)] {
        let (way, instance) = Way::held_after(0, &house.scratch).await;
        let stores = instance.stores();
        let task = tokio::spawn(async move { merge(&stores, winner, loser, None).await });
        way.holds().await;
        merging.push((way, task));
    }
    for (way, _) in &merging {
        way.release();
    }
    let mut merged = 0;
    for (_, task) in merging {
        merged += usize::from(matches!(task.await.unwrap(), Ok(MergeOutcome::Merged(_))));
    }
    assert_eq!(merged, 1);
    let users = house.stores.accounts.page_users(None, 10).await.unwrap();
    assert_eq!(users.len(), 1);
    for person in ["oOne", "oTwo"] {
        assert_eq!(Sample::of(person).at(60).sign_in(&house.stores).await.user.id, users[0].id);
    }
}

/// The loser's identities are not the winner's by name when the merge breaks off.
#[tokio::test(flavor = "multi_thread")]
async fn an_identity_of_two_goes_alone_when_the_merge_broke_off() {
    for writes in 1.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let people = People::move_in(stores).await;
        let (winner, loser) = people.ids();
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        drop(merge(&instance.stores(), winner, loser, Some(number(2))).await);
        // It is not said who the loser is before the winner has taken over.
        if writes > 1 {
            assert_eq!(stores.accounts.identities(winner).await.unwrap().len(), 2);
            let one = Sample::of("oOne").record().identity;
            assert_eq!(erase_identity(stores, one, winner).await, Ok(Some(winner)));
            let login = Sample::of("oTwo").in_app(2).at(60).sign_in(stores).await;
            assert_eq!((login.user.id, login.is_new), (winner, false));
        }
        if !way.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_whose_erasure_broke_off_is_gone_or_not() {
    for writes in 0.. {
        let Some(house) = House::new().await else { return };
        let stores = &house.stores;
        let here = Sample::of("oAlice").with_union("uAlice");
        let gone = here.sign_in(stores).await;
        Sample::of("oOther").in_app(2).with_union("uAlice").at(1).sign_in(stores).await;
        let identity = here.record().identity;
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
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
        assert_eq!(house.told(gone.user.id).await, [AuditAction::IdentityErased]);
        assert_eq!(house.revoked().await, [gone.session.id]);
        assert_eq!(here.at(2000).sign_in(stores).await.user.id, gone.user.id);
        house.assert_whole().await;
        if !way.is_severed() {
            break;
        }
    }
}
