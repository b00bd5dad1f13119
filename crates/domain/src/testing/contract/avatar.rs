//! Which hosted pictures are in use.

use std::collections::BTreeSet;

use super::Sample;
use super::actions::{after, audit_event, erase_user, merge};
use crate::model::{AuditAction, AvatarName, AvatarUrl, Profile, User, UserId, VisibleApps};
use crate::ports::{Clearing, ErasureStep, MergeOutcome, ProfileChange, Stores};

/// The name of the picture with this number.
pub(crate) fn name(number: u32) -> AvatarName {
    AvatarName::parse(&format!("{number:032x}.jpg")).unwrap()
}

/// Gives the user the picture with this number.
pub(crate) async fn give(stores: &Stores, user_id: UserId, number: u32) -> User {
    let profile = Profile { nickname: None, avatar_url: Some(AvatarUrl::hosted(&name(number))) };
    let change = ProfileChange::set(user_id, profile, after(5));
    stores.accounts.change_profile(change).await.unwrap().unwrap()
}

/// Returns which of the pictures 0 to 9 are in use.
async fn in_use(stores: &Stores) -> Vec<u32> {
    let all = (0..10).map(name).collect::<BTreeSet<_>>();
    let found = stores.accounts.avatars_in_use(all.clone()).await.unwrap();
    assert!(found.is_subset(&all));
    (0..10).filter(|number| found.contains(&name(*number))).collect()
}

pub async fn a_hosted_picture_is_in_use_while_a_user_has_it(stores: &Stores) {
    let alice = Sample::of("oAlice").pictured("https://a.example/1").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    assert_eq!(in_use(stores).await, [0; 0]);
    let user = give(stores, alice.id, 1).await;
    assert_eq!(user.avatar_url, Some(AvatarUrl::hosted(&name(1))));
    assert_eq!(stores.accounts.find_user(alice.id).await, Ok(Some(user.clone())));
    give(stores, bob.id, 2).await;
    assert_eq!(in_use(stores).await, [1, 2]);
    let again = Sample::of("oAlice").named("Alice").at(10).sign_in(stores).await.user;
    assert_eq!(again.avatar_url, user.avatar_url, "a login does not change it");
    give(stores, alice.id, 3).await;
    assert_eq!(in_use(stores).await, [2, 3]);
    Sample::of("oAlice").pictured("https://a.example/2").at(20).sign_in(stores).await;
    assert_eq!(in_use(stores).await, [2]);
    let event = audit_event(AuditAction::ProfileCleared, bob.id, Sample::START);
    let clearing = Clearing {
        apps: VisibleApps::All,
        user_id: bob.id,
        nickname: false,
        avatar_url: true,
        phone: false,
        event,
    };
    stores.accounts.clear(clearing).await.unwrap();
    assert_eq!(in_use(stores).await, [0; 0]);
    let none = stores.accounts.avatars_in_use(BTreeSet::new()).await;
    assert_eq!(none, Ok(BTreeSet::new()));
}

pub async fn a_shared_picture_is_in_use_until_no_user_has_it(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user;
    let bob = Sample::of("oBob").sign_in(stores).await.user;
    give(stores, alice.id, 1).await;
    give(stores, bob.id, 1).await;
    give(stores, alice.id, 2).await;
    assert_eq!(in_use(stores).await, [1, 2]);
    give(stores, bob.id, 2).await;
    assert_eq!(in_use(stores).await, [2]);
}

pub async fn erasing_a_user_frees_the_picture(stores: &Stores) {
    let alice = Sample::of("oAlice").sign_in(stores).await.user;
    give(stores, alice.id, 1).await;
    erase_user(stores, alice.id, ErasureStep::Schedule(Sample::EXPIRY), 9).await;
    assert_eq!(in_use(stores).await, [1], "the user can still cancel");
    erase_user(stores, alice.id, ErasureStep::Complete, 10).await;
    assert_eq!(in_use(stores).await, [0; 0]);
}

pub async fn a_merge_keeps_one_picture(stores: &Stores) {
    let mut users = Vec::new();
    for n in 1..=4 {
        let user = Sample::of(&format!("oPerson{n}")).sign_in(stores).await.user;
        if n != 3 {
            give(stores, user.id, n).await;
        }
        users.push(user.id);
    }
    for (winner, loser) in [(0, 1), (2, 3)] {
        let merged = merge(stores, users[winner], users[loser]).await;
        assert!(matches!(merged, MergeOutcome::Merged(_)), "{merged:?}");
    }
    assert_eq!(in_use(stores).await, [1, 4], "the winner's picture, or else the loser's");
}
