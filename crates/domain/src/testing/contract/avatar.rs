//! Pictures that are kept here and who has them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Sample, erasure, merge, status};
use crate::model::{AuditAction, AvatarName, AvatarUrl, Profile, User, UserId};
use crate::ports::{Clearing, ErasureStep, MergeOutcome, Stores};

/// The name with this number.
pub(crate) fn name(number: u32) -> AvatarName {
    AvatarName::parse(&format!("{number:032x}.jpg")).unwrap()
}

/// Gives the user the picture of this name.
pub(crate) async fn give(stores: &Stores, user_id: UserId, number: u32) -> User {
    let profile = Profile { nickname: None, avatar_url: Some(AvatarUrl::kept(&name(number))) };
    let now = Sample::START.plus(Duration::from_millis(5));
    stores.accounts.change_profile(user_id, profile, now).await.unwrap().unwrap()
}

/// Which of the pictures 0 to 9 are in use.
async fn in_use(stores: &Stores) -> Vec<u32> {
    let all = (0..10).map(name).collect::<BTreeSet<_>>();
    let found = stores.accounts.avatars_in_use(all.clone()).await.unwrap();
    assert!(found.is_subset(&all));
    (0..10).filter(|number| found.contains(&name(*number))).collect()
}

pub async fn a_kept_picture_is_in_use_while_a_user_has_it(stores: &Stores) {
    let alice = Sample::of("oAlice").pictured("https://a.example/1").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    assert_eq!(in_use(stores).await, [0; 0]);
    let kept = give(stores, alice.id, 1).await;
    assert_eq!(kept.avatar_url, Some(AvatarUrl::kept(&name(1))));
    assert_eq!(stores.accounts.find_user(alice.id).await, Ok(Some(kept.clone())));
    give(stores, bob.id, 2).await;
    assert_eq!(in_use(stores).await, [1, 2]);
    let again = Sample::of("oAlice").named("Alice").at(10).sign_in(stores).await.user;
    assert_eq!(again.avatar_url, kept.avatar_url, "a login leaves it alone");
    give(stores, alice.id, 3).await;
    assert_eq!(in_use(stores).await, [2, 3]);
    Sample::of("oAlice").pictured("https://a.example/2").at(20).sign_in(stores).await;
    assert_eq!(in_use(stores).await, [2]);
    let event = status::event(AuditAction::ProfileCleared, bob.id, Sample::START);
    let clearing =
        Clearing { user_id: bob.id, nickname: false, avatar_url: true, phone: false, event };
    stores.accounts.clear(clearing).await.unwrap();
    assert_eq!(in_use(stores).await, [0; 0]);
    let none = stores.accounts.avatars_in_use(BTreeSet::new()).await;
    assert_eq!(none, Ok(BTreeSet::new()));
}

pub async fn a_picture_that_two_have_is_in_use_until_both_have_none(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    give(stores, alice.id, 1).await;
    give(stores, bob.id, 1).await;
    give(stores, alice.id, 2).await;
    assert_eq!(in_use(stores).await, [1, 2]);
    give(stores, bob.id, 2).await;
    assert_eq!(in_use(stores).await, [2]);
}

pub async fn a_kept_picture_goes_with_its_user(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user;
    give(stores, alice.id, 1).await;
    erasure::erase(stores, alice.id, ErasureStep::Schedule(Sample::TOKENS_UNTIL), 9).await;
    assert_eq!(in_use(stores).await, [1], "the user may still come back");
    erasure::erase(stores, alice.id, ErasureStep::Complete, 10).await;
    assert_eq!(in_use(stores).await, [0; 0]);
}

pub async fn of_two_users_who_become_one_a_picture_is_left(stores: &Stores) {
    let mut users = Vec::new();
    for n in 1..=4 {
        let user = Sample::of(&format!("oPerson{n}")).sign_in(stores).await.user;
        if n != 3 {
            give(stores, user.id, n).await;
        }
        users.push(user.id);
    }
    for (winner, loser) in [(0, 1), (2, 3)] {
        let merged = merge::merge(stores, users[winner], users[loser]).await;
        assert!(matches!(merged, MergeOutcome::Merged(_)), "{merged:?}");
    }
    assert_eq!(in_use(stores).await, [1, 4], "the winner's own, or else the loser's");
}
