//! Audit events and revocations of an acknowledged change whose instance crashed right afterwards.

use mongodb::bson::doc;
use wxlogin_domain::model::{AuditAction, UserStatus};
use wxlogin_domain::ports::Ending;
use wxlogin_domain::testing::contract::Sample;

use crate::harness::{Harness, after, end, id, set_status};
use crate::interrupting_proxy::InterruptingProxy;

async fn assert_outboxes_are_empty(harness: &Harness) {
    let left = doc! { "outbox.into": { "$exists": true } };
    assert_eq!(harness.collection("users").count_documents(left).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_ban_is_in_the_feed_and_the_audit_log_after_a_crash() {
    for writes in 1.. {
        let Some(harness) = Harness::new().await else { return };
        let mut sessions = Vec::new();
        for n in 0..3 {
            sessions.push(Sample::of("oAlice").at(n).sign_in(&harness.stores).await.session);
        }
        let user = sessions[0].user_id;
        let mut sessions = sessions.iter().map(|session| session.id).collect::<Vec<_>>();
        sessions.sort_unstable();
        let begun = harness.stores.sessions.revocations(None, 100).await.unwrap();
        assert_eq!(begun.revocations, vec![]);
        let (proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
        let banned = set_status(&instance.stores(), user, UserStatus::Disabled).await;
        assert!(banned.unwrap().is_some(), "a written change is acknowledged");
        assert_eq!(harness.audit_actions(user).await, [AuditAction::UserDisabled]);
        let feed =
            harness.stores.sessions.revocations(Some(begun.read_at.into()), 100).await.unwrap();
        assert_eq!(feed.revocations.len(), 3);
        assert_eq!(harness.revoked().await, sessions);
        assert_outboxes_are_empty(&harness).await;
        if !proxy.is_severed() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_sign_out_is_in_the_feed_after_a_crash() {
    let Some(harness) = Harness::new().await else { return };
    let first = Sample::of("oAlice").sign_in(&harness.stores).await.session;
    let second = Sample::of("oAlice").at(1).sign_in(&harness.stores).await.session;
    let (proxy, instance) = InterruptingProxy::severed_after(1, &harness.scratch).await;
    let ended = end(&instance.stores(), first.user_id, Ending::One(first.id)).await;
    assert_eq!(ended, Ok(1));
    assert!(proxy.is_severed(), "nothing was delivered yet");
    // A login ignores waiting entries and adds its own.
    let (_proxy, instance) = InterruptingProxy::severed_after(1, &harness.scratch).await;
    let login = Sample::of("oAlice").at(2).limited_to(1);
    drop(instance.stores().accounts.record_login(login.record()).await);
    assert!(
        harness.stores.sessions.find_session(login.record().session.id).await.unwrap().is_some()
    );
    let mut revoked = vec![first.id, second.id];
    revoked.sort_unstable();
    assert_eq!(harness.revoked().await, revoked);
    assert_outboxes_are_empty(&harness).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_entries_are_delivered_at_the_next_start() {
    let Some(harness) = Harness::new().await else { return };
    let user = Sample::of("oAlice").sign_in(&harness.stores).await.user.id;
    let (_proxy, instance) = InterruptingProxy::severed_after(1, &harness.scratch).await;
    set_status(&instance.stores(), user, UserStatus::Disabled).await.unwrap();
    assert_eq!((harness.count("audit_events").await, harness.count("revocations").await), (0, 0));
    harness.database.migrate().await.unwrap();
    assert_eq!((harness.count("audit_events").await, harness.count("revocations").await), (1, 1));
    assert_outboxes_are_empty(&harness).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_again_is_in_the_feed_again() {
    let Some(harness) = Harness::new().await else { return };
    let session = Sample::of("oAlice").sign_in(&harness.stores).await.session;
    set_status(&harness.stores, session.user_id, UserStatus::Disabled).await.unwrap();
    let one = doc! { "_id": id(session.id.as_uuid()) };
    let before = harness.find("revocations", one.clone()).await;
    let mut tries = 0;
    loop {
        set_status(&harness.stores, session.user_id, UserStatus::Disabled).await.unwrap();
        let now = harness.find("revocations", one.clone()).await;
        if now.get_datetime("revoked_at").unwrap() > before.get_datetime("revoked_at").unwrap() {
            break;
        }
        tries += 1;
        assert!(tries < 1000, "it is only in the feed once");
    }
    assert_eq!(harness.count("revocations").await, 1);
    let feed = harness.stores.sessions.revocations(None, 100).await.unwrap();
    assert_eq!(feed.revocations[0].until, Sample::EXPIRY);
    assert!(feed.read_at > after(0), "it is the server's own time");
}
