use std::time::Duration;

use super::*;
use crate::model::{Actor, SealedPhone, UserType, VisibleApps};
use crate::ports::{Clock, KeyedTag, NewPhone, PhoneOutcome, Place, Sealer, UserChange};
use crate::testing::FakeSealer;
use crate::testing::contract::{Sample, app_id};
use crate::usecase::admin::users::RequestedChange;
use crate::usecase::harness::{Harness, address, operator};
use crate::usecase::tokens::refresh::RefreshError;

fn reason() -> Reason {
    Reason::parse("same-person").unwrap()
}

async fn listed(harness: &Harness, client: &ApiClient) -> Vec<UnionConflict> {
    let filter = ConflictFilter::default();
    harness.merging.conflicts(client, &filter, None, 10).await.unwrap().0
}

async fn give_phone(harness: &Harness, user_id: UserId, number: &[u8]) {
    let sealed = seal(user_id, number);
    let phone = SealedPhone { sealed, tag: KeyedTag([number[0]; 32]) };
    let now = harness.clock.now();
    let given = harness
        .stores
        .accounts
        .set_phone(NewPhone { user_id, phone, previous_tags: Vec::new(), now })
        .await
        .unwrap();
    assert!(matches!(given, PhoneOutcome::Stored(_)));
}

fn seal(user_id: UserId, number: &[u8]) -> crate::ports::Sealed {
    let id = user_id.as_uuid();
    let place = Place { table: "users", column: "phone", row: &[id.as_bytes()] };
    FakeSealer.seal(place, number).unwrap()
}

#[tokio::test]
async fn a_plan_is_what_the_merge_then_does() {
    let harness = Harness::new().await;
    let (winner, _, _, winners_refresh) = harness.sign_in("oOne").await;
    let (loser, _, losers_access, losers_refresh) = harness.sign_in("oTwo").await;
    give_phone(&harness, loser.id, b"13800138000").await;
    let planned = harness.merging.plan(&operator(&[]), winner.id, loser.id).await.unwrap();
    assert_eq!(planned.taken_over, [TakenOver::Phone]);
    assert_eq!(planned.status, UserStatus::Active);
    let found = harness.stores.accounts.find_user(winner.id).await;
    assert_eq!(found, Ok(Some(winner.clone())), "a plan changes nothing");
    assert!(harness.introspection.verify(&losers_access).await.is_ok());
    assert_eq!(
        harness.stores.audit.page_audit(&VisibleApps::All, None, None, 10).await,
        Ok(vec![])
    );

    harness.clock.advance(Duration::from_secs(1));
    let done = harness.merging.merge(&operator(&[]), winner.id, loser.id, reason()).await;
    assert_eq!(done, Ok(planned));
    let user = harness.stores.accounts.find_user(loser.id).await.unwrap().unwrap();
    assert_eq!(user.id, winner.id);
    assert_eq!(user.phone.unwrap().sealed, seal(winner.id, b"13800138000"), "the winner's own");
    assert!(harness.introspection.verify(&losers_access).await.is_err(), "at once");
    for token in [winners_refresh, losers_refresh] {
        harness.refresh.refresh(&token, address()).await.unwrap();
    }
    for user in [winner.id, loser.id] {
        let events =
            harness.stores.audit.page_audit(&VisibleApps::All, Some(user), None, 10).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].action, AuditAction::UsersMerged);
        assert_eq!(
            (&events[0].actor, &events[0].reason),
            (&Some(Actor::Client(operator(&[]).id)), &Some(reason()))
        );
    }
    let again = harness.merging.merge(&operator(&[]), winner.id, loser.id, reason()).await;
    assert_eq!(again, Err(MergingError::OneUser));
}

#[tokio::test]
async fn the_winner_keeps_what_it_has() {
    let harness = Harness::new().await;
    let one = Sample::of("oOne").named("One").sign_in(&harness.stores).await.user;
    let two = Sample::of("oTwo").named("Two").pictured("https://cdn.example.com/two.png");
    let two = two.sign_in(&harness.stores).await.user;
    give_phone(&harness, one.id, b"1").await;
    give_phone(&harness, two.id, b"2").await;
    let done = harness.merging.merge(&operator(&[]), one.id, two.id, reason()).await.unwrap();
    assert_eq!(done.taken_over, [TakenOver::AvatarUrl]);
    let user = harness.stores.accounts.find_user(one.id).await.unwrap().unwrap();
    assert_eq!(user.nickname, one.nickname);
    assert_eq!(user.phone.unwrap().sealed, seal(one.id, b"1"));
}

#[tokio::test]
async fn a_ban_survives_a_merge() {
    let harness = Harness::new().await;
    let (winner, _, access, refresh) = harness.sign_in("oOne").await;
    let (loser, ..) = harness.sign_in("oTwo").await;
    let ban = UserChange {
        apps: VisibleApps::All,
        user_id: loser.id,
        status: Some(UserStatus::Disabled),
        user_type: Some(UserType(2)),
        tokens_until: Sample::TOKENS_UNTIL,
        events: Vec::new(),
        now: harness.clock.now(),
    };
    harness.stores.accounts.change_user(ban).await.unwrap();
    let planned = harness.merging.plan(&operator(&[]), winner.id, loser.id).await.unwrap();
    assert_eq!(planned.status, UserStatus::Disabled);
    let done = harness.merging.merge(&operator(&[]), winner.id, loser.id, reason()).await;
    assert_eq!(done, Ok(planned));
    assert!(harness.introspection.verify(&access).await.is_err());
    assert_eq!(
        harness.refresh.refresh(&refresh, address()).await.unwrap_err(),
        RefreshError::UserDisabled
    );
}

#[tokio::test]
async fn a_client_of_some_apps_merges_their_users_and_sees_their_conflicts() {
    let harness = Harness::new().await;
    let stores = &harness.stores;
    let one = Sample::of("oOne").with_union("uOne").sign_in(stores).await.user;
    let two = Sample::of("oTwo").in_app(2).sign_in(stores).await.user;
    Sample::of("oTwo").in_app(2).with_union("uOne").at(2).sign_in(stores).await;
    let (first, second) = (operator(&[app_id(1)]), operator(&[app_id(2)]));
    assert_eq!(listed(&harness, &first).await, vec![]);
    for sees in [&second, &operator(&[])] {
        let conflicts = listed(&harness, sees).await;
        assert_eq!(conflicts.len(), 1);
        assert_eq!((conflicts[0].user_id, conflicts[0].owner), (two.id, Some(one.id)));
    }
    for stranger in [&first, &second] {
        let planned = harness.merging.plan(stranger, one.id, two.id).await;
        assert_eq!(planned, Err(MergingError::NotFound));
        let done = harness.merging.merge(stranger, one.id, two.id, reason()).await;
        assert_eq!(done, Err(MergingError::NotFound));
    }
    let both = operator(&[app_id(1), app_id(2)]);
    let planned = harness.merging.plan(&both, one.id, two.id).await.unwrap();
    assert_eq!(planned.settles, listed(&harness, &second).await, "the conflict is named");
    harness.merging.merge(&both, one.id, two.id, reason()).await.unwrap();
    assert_eq!(listed(&harness, &second).await, vec![]);
}

#[tokio::test]
async fn a_loser_with_identities_in_other_apps_is_not_merged() {
    let harness = Harness::new().await;
    let stores = &harness.stores;
    let one = Sample::of("oOne").sign_in(stores).await.user.id;
    let two = Sample::of("oTwo").with_union("uTwo").sign_in(stores).await.user.id;
    Sample::of("oElsewhere").in_app(2).with_union("uTwo").at(1).sign_in(stores).await;
    let own = operator(&[app_id(1)]);
    assert_eq!(harness.merging.plan(&own, one, two).await, Err(MergingError::NotFound));
    let merged = harness.merging.merge(&own, one, two, reason()).await;
    assert_eq!(merged, Err(MergingError::NotFound));
    assert!(harness.merging.merge(&own, two, one, reason()).await.is_ok(), "the other way round");
}

#[tokio::test]
async fn conflicts_are_paged_and_filtered() {
    let harness = Harness::new().await;
    let stores = &harness.stores;
    let owner = Sample::of("oOwner").with_union("uOwner").sign_in(stores).await.user.id;
    let mut users = Vec::new();
    for (number, app) in [2, 2, 3].into_iter().enumerate() {
        let person = format!("oPerson{number}");
        users.push(Sample::of(&person).in_app(app).sign_in(stores).await.user.id);
        let named = Sample::of(&person).in_app(app).with_union("uOwner").at(1);
        named.sign_in(stores).await;
    }
    let all = operator(&[]);
    let page = async |filter: ConflictFilter, after, limit| {
        let (page, next) = harness.merging.conflicts(&all, &filter, after, limit).await.unwrap();
        (page.iter().map(|conflict| conflict.user_id).collect::<Vec<_>>(), next)
    };
    let (first, next) = page(ConflictFilter::default(), None, 2).await;
    assert_eq!(first, users[..2]);
    assert_eq!(page(ConflictFilter::default(), next, 2).await, (users[2..].to_vec(), None));
    let in_app = |number| ConflictFilter { app_id: Some(app_id(number)), user_id: None };
    assert_eq!(page(in_app(3), None, 10).await.0, users[2..]);
    let of = |id| ConflictFilter { app_id: None, user_id: Some(id) };
    assert_eq!(page(of(users[1]), None, 10).await.0, users[1..2]);
    assert_eq!(page(of(owner), None, 10).await.0, users);
    let limited = operator(&[app_id(2)]);
    let (hidden, _) = harness.merging.conflicts(&limited, &in_app(3), None, 10).await.unwrap();
    assert_eq!(hidden, vec![]);
}

#[tokio::test]
async fn an_operator_accepts_a_unionid_that_nobody_owns() {
    let harness = Harness::new().await;
    let stores = &harness.stores;
    let owner = Sample::of("oOwner").with_union("uAlice").sign_in(stores).await.user.id;
    let user = Sample::of("oAlice").in_app(2).sign_in(stores).await.user.id;
    let named = Sample::of("oAlice").in_app(2).with_union("uAlice").at(1);
    let conflict = named.sign_in(stores).await.union_conflict.unwrap();
    let (all, stranger) = (operator(&[]), operator(&[app_id(1)]));
    let accept =
        async |client: &ApiClient| harness.merging.accept(client, conflict.id, reason()).await;
    assert_eq!(accept(&all).await, Err(AcceptanceError::Taken));
    assert_eq!(accept(&stranger).await, Err(AcceptanceError::NotFound));
    let ban =
        RequestedChange { status: Some(UserStatus::Disabled), user_type: None, reason: reason() };
    harness.administration.change(&all, owner, ban).await.unwrap();
    harness.administration.erase(&all, owner, reason()).await.unwrap();
    let conflict = named.at(2000).sign_in(stores).await.union_conflict.unwrap();
    let accept =
        async |client: &ApiClient| harness.merging.accept(client, conflict.id, reason()).await;
    assert_eq!(accept(&stranger).await, Err(AcceptanceError::NotFound));
    assert_eq!(accept(&operator(&[app_id(2)])).await, Ok(()));
    assert_eq!(accept(&all).await, Err(AcceptanceError::NotFound), "it is settled");
    assert_eq!(listed(&harness, &all).await, vec![]);
    let (events, _) = harness.administration.audit(&all, Some(user), None, 10).await.unwrap();
    assert_eq!(events[0].action, AuditAction::UnionIdChanged);
    assert_eq!(
        (&events[0].app_id, &events[0].actor),
        (&Some(app_id(2)), &Some(Actor::Client(all.id)))
    );
}
