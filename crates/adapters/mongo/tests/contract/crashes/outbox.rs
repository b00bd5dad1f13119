//! What follows from a change that was answered, and whose instance broke off right after it.

use mongodb::bson::doc;
use wxlogin_domain::model::{AuditAction, UserStatus};
use wxlogin_domain::ports::Ending;
use wxlogin_domain::testing::contract::Sample;

use crate::house::{House, after, end, id, set_status};
use crate::stepping::Way;

async fn assert_outboxes_are_empty(house: &House) {
    let left = doc! { "outbox.into": { "$exists": true } };
    assert_eq!(house.collection("users").count_documents(left).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_ban_is_in_the_feed_and_told_whatever_broke_off() {
    for writes in 1.. {
        let Some(house) = House::new().await else { return };
        let mut sessions = Vec::new();
        for n in 0..3 {
            sessions.push(Sample::of("oAlice").at(n).sign_in(&house.stores).await.session);
        }
        let user = sessions[0].user_id;
        let mut sessions = sessions.iter().map(|session| session.id).collect::<Vec<_>>();
        sessions.sort_unstable();
        let begun = house.stores.sessions.revocations(None).await.unwrap();
        assert_eq!(begun.revocations, vec![]);
        let (way, instance) = Way::severed_after(writes, &house.scratch).await;
        let banned = set_status(&instance.stores(), user, UserStatus::Disabled).await;
        assert!(banned.unwrap().is_some(), "it is written, and so it is answered");
        assert_eq!(house.told(user).await, [AuditAction::UserDisabled]);
        let feed = house.stores.sessions.revocations(Some(begun.read_at)).await.unwrap();
        assert_eq!(feed.revocations.len(), 3);
        assert_eq!(house.revoked().await, sessions);
        assert_outboxes_are_empty(&house).await;
        if !way.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_end_is_in_the_feed_whatever_broke_off() {
    let Some(house) = House::new().await else { return };
    let first = Sample::of("oAlice").sign_in(&house.stores).await.session;
    let second = Sample::of("oAlice").at(1).sign_in(&house.stores).await.session;
    let (way, instance) = Way::severed_after(1, &house.scratch).await;
    let ended = end(&instance.stores(), first.user_id, Ending::One(first.id)).await;
    assert_eq!(ended, Ok(1));
    assert!(way.is_severed(), "it had no time to move on");
    // A login must not mind what waits, and adds to it.
    let (_way, instance) = Way::severed_after(1, &house.scratch).await;
    let login = Sample::of("oAlice").at(2).limited_to(1);
    drop(instance.stores().accounts.record_login(login.record()).await);
    assert!(house.stores.sessions.find_session(login.record().session.id).await.unwrap().is_some());
    let mut revoked = vec![first.id, second.id];
    revoked.sort_unstable();
    assert_eq!(house.revoked().await, revoked);
    assert_outboxes_are_empty(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_held_up_moves_on_at_the_next_start() {
    let Some(house) = House::new().await else { return };
    let user = Sample::of("oAlice").sign_in(&house.stores).await.user.id;
    let (_way, instance) = Way::severed_after(1, &house.scratch).await;
    set_status(&instance.stores(), user, UserStatus::Disabled).await.unwrap();
    assert_eq!((house.count("audit_events").await, house.count("revocations").await), (0, 0));
    house.database.migrate().await.unwrap();
    assert_eq!((house.count("audit_events").await, house.count("revocations").await), (1, 1));
    assert_outboxes_are_empty(&house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_again_is_news() {
    let Some(house) = House::new().await else { return };
    let session = Sample::of("oAlice").sign_in(&house.stores).await.session;
    set_status(&house.stores, session.user_id, UserStatus::Disabled).await.unwrap();
    let one = doc! { "_id": id(session.id.as_uuid()) };
    let before = house.find("revocations", one.clone()).await;
    let mut tries = 0;
    loop {
        set_status(&house.stores, session.user_id, UserStatus::Disabled).await.unwrap();
        let now = house.find("revocations", one.clone()).await;
        if now.get_datetime("revoked_at").unwrap() > before.get_datetime("revoked_at").unwrap() {
            break;
        }
        tries += 1;
        assert!(tries < 1000, "it is only told once");
    }
    assert_eq!(house.count("revocations").await, 1);
    let feed = house.stores.sessions.revocations(None).await.unwrap();
    assert_eq!(feed.revocations[0].until, Sample::TOKENS_UNTIL);
    assert!(feed.read_at > after(0), "it is the server's own time");
}
