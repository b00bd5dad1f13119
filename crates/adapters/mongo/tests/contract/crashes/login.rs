//! What an interrupted login leaves, and how the next one recovers.

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, doc};
use wxlogin_domain::model::{SessionId, UserId, VisibleApps};
use wxlogin_domain::ports::{LoginOutcome, Stores};
use wxlogin_domain::testing::contract::{Sample, open_conflicts};

use crate::harness::{Harness, id, key, session_key};
use crate::interrupting_proxy::InterruptingProxy;

/// Interrupts this login after so many writes.
async fn interrupt(harness: &Harness, login: &Sample, writes: usize) {
    let (_proxy, instance) = InterruptingProxy::severed_after(writes, &harness.scratch).await;
    drop(instance.stores().accounts.record_login(login.record()).await);
}

/// One user, one owner of the unionid and no conflict.
async fn assert_one_person(harness: &Harness, identities: u64) {
    assert_eq!(open_conflicts(&harness.stores).await, Ok(Vec::new()));
    assert_eq!(harness.count("users").await, 1);
    assert_eq!(harness.count("identities").await, identities);
    assert_eq!(harness.count("union_ids").await, 1);
}

/// The writes after which a first login may be interrupted.
const STEPS: std::ops::RangeInclusive<usize> = 0..=3;

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_login_is_not_visible() {
    for documents in 0..3 {
        let Some(harness) = Harness::new().await else { return };
        let login = Sample::of("oAlice").with_union("uAlice");
        interrupt(&harness, &login, documents).await;
        let record = login.record();
        let Stores { accounts, conflicts, sessions, .. } = &harness.stores;
        assert_eq!(accounts.find_user(record.new_user_id).await, Ok(None));
        assert_eq!(session_key(&harness.stores, &record.identity).await, Ok(None));
        assert_eq!(
            conflicts.page_conflicts(&VisibleApps::All, None, None, 10).await,
            Ok(Vec::new())
        );
        assert_eq!(sessions.find_session(record.session.id).await, Ok(None));
        let closed = Sample::of("oAlice").with_union("uAlice").sign_up_closed();
        assert_eq!(closed.outcome(&harness.stores).await, LoginOutcome::SignUpClosed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_login_repeated_is_completed() {
    for documents in STEPS {
        let Some(harness) = Harness::new().await else { return };
        let login = Sample::of("oAlice").with_union("uAlice");
        interrupt(&harness, &login, documents).await;
        for _ in 0..2 {
            let signed_in = login.sign_in(&harness.stores).await;
            assert!(signed_in.is_new);
            assert_eq!(signed_in.user.id, login.record().new_user_id);
            assert_eq!(signed_in.session.id, login.record().session.id);
            assert_eq!(signed_in.union_conflict, None);
        }
        assert_eq!(
            session_key(&harness.stores, &login.record().identity).await,
            Ok(Some(login.record().session_key))
        );
        assert_one_person(&harness, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_login_creates_the_claimed_user() {
    for documents in STEPS {
        let Some(harness) = Harness::new().await else { return };
        let interrupted = Sample::of("oAlice").with_union("uAlice");
        interrupt(&harness, &interrupted, documents).await;
        let interrupted = interrupted.record();
        let next = Sample::of("oAlice").with_union("uAlice").at(1);
        let signed_in = next.sign_in(&harness.stores).await;
        let meant =
            if documents == 0 { next.record().new_user_id } else { interrupted.new_user_id };
        assert_eq!(signed_in.user.id, meant);
        assert_eq!(signed_in.is_new, documents < 3, "new means created by this login");
        assert_eq!(signed_in.union_conflict, None);
        assert_eq!(
            session_key(&harness.stores, &interrupted.identity).await,
            Ok(Some(next.record().session_key))
        );
        let again = Sample::of("oAlice").at(2).sign_in(&harness.stores).await;
        assert_eq!((again.user.id, again.is_new), (meant, false));
        assert_one_person(&harness, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_in_another_app_is_the_same_person() {
    for documents in STEPS {
        let Some(harness) = Harness::new().await else { return };
        let interrupted = Sample::of("oHere").with_union("uAlice");
        interrupt(&harness, &interrupted, documents).await;
        let there =
            Sample::of("oThere").in_app(2).with_union("uAlice").sign_in(&harness.stores).await;
        assert_eq!(there.is_new, documents < 3);
        let here = Sample::of("oHere").with_union("uAlice").at(1).sign_in(&harness.stores).await;
        assert_eq!(here.user.id, there.user.id);
        assert_eq!((here.union_conflict, there.union_conflict), (None, None));
        assert_one_person(&harness, 2).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unionid_claimed_for_a_user_never_created_is_taken_over() {
    let Some(harness) = Harness::new().await else { return };
    let interrupted = Sample::of("oAlice").with_union("uAlice");
    interrupt(&harness, &interrupted, 1).await;
    // This time WeChat names no unionid.
    let without = Sample::of("oAlice").at(1).sign_in(&harness.stores).await;
    let named = Sample::of("oAlice").with_union("uAlice").at(2).sign_in(&harness.stores).await;
    assert_eq!(named.user.id, without.user.id);
    assert_eq!(named.union_conflict, None);
    let elsewhere =
        Sample::of("oElse").in_app(2).with_union("uAlice").sign_in(&harness.stores).await;
    assert_eq!(elsewhere.user.id, without.user.id);
    assert_eq!(harness.stores.accounts.find_user(interrupted.record().new_user_id).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_whose_unionid_was_taken_over_follows_it() {
    let Some(harness) = Harness::new().await else { return };
    let slow = Sample::of("oHere").with_union("uAlice");
    let there = Sample::of("oThere").in_app(2).sign_in(&harness.stores).await.user.id;
    interrupt(&harness, &slow, 2).await;
    let taken = Sample::of("oThere").in_app(2).with_union("uAlice").at(1);
    let taken = taken.sign_in(&harness.stores).await;
    assert_eq!((taken.user.id, taken.union_conflict), (there, None));
    // The slow login continues and finds its user.
    for _ in 0..2 {
        let here = slow.sign_in(&harness.stores).await;
        assert_eq!((here.user.id, here.is_new), (there, false));
        assert_eq!(here.union_conflict, None);
    }
    assert_eq!(
        session_key(&harness.stores, &slow.record().identity).await,
        Ok(Some(slow.record().session_key))
    );
    assert_eq!(harness.stores.accounts.find_user(slow.record().new_user_id).await, Ok(None));
    let identity = harness.find("identities", doc! { "_id": key(&slow.record()) }).await;
    assert_eq!(identity.get("user_id"), Some(&id(there.as_uuid()).into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_a_unionid_over_races_the_claiming_login() {
    let Some(harness) = Harness::new().await else { return };
    for round in 0..16 {
        let (here, there) = (format!("oHere{round}"), format!("oThere{round}"));
        let union = format!("uPerson{round}");
        let known = Sample::of(&there).in_app(2).sign_in(&harness.stores).await.user.id;
        let slow = Sample::of(&here).with_union(&union);
        interrupt(&harness, &slow, 1 + round % 2).await;
        let tasks = (0..12).map(|n| {
            let stores = harness.stores.clone();
            let login = match n % 3 {
                0 => slow.clone(),
                1 => Sample::of(&here).with_union(&union).at(n),
                _ => Sample::of(&there).in_app(2).with_union(&union).at(n),
            };
            tokio::spawn(async move { login.sign_in(&stores).await })
        });
        for done in futures_util::future::join_all(tasks).await {
            done.unwrap();
        }
        let first = Sample::of(&here).with_union(&union).at(99).sign_in(&harness.stores).await;
        let second = Sample::of(&there).in_app(2).with_union(&union).at(99);
        let second = second.sign_in(&harness.stores).await;
        assert_eq!(second.user.id, known, "an existing user stays the same");
        assert_eq!(first.union_conflict, None);
        // The first login owns the unionid, and the owner exists.
        let owner = harness.find("union_ids", doc! { "_id": &union }).await;
        assert_eq!(owner.get("user_id"), Some(&id(first.user.id.as_uuid()).into()));
        assert_eq!(second.union_conflict.is_some(), first.user.id != known);
        let new = harness.stores.accounts.find_user(slow.record().new_user_id).await.unwrap();
        assert_eq!(new.is_some(), first.user.id != known);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_late_unionid_without_owner_gets_one_at_the_next_login() {
    let Some(harness) = Harness::new().await else { return };
    let alice = Sample::of("oAlice").sign_in(&harness.stores).await.user.id;
    let late = Sample::of("oAlice").with_union("uAlice").at(1);
    let note = doc! { "$set": { "union_id": "uAlice" } };
    let identities = harness.collection("identities");
    identities.update_one(doc! { "_id": key(&late.record()) }, note).await.unwrap();
    let signed_in = late.sign_in(&harness.stores).await;
    assert_eq!((signed_in.user.id, signed_in.union_conflict), (alice, None));
    let elsewhere =
        Sample::of("oElse").in_app(2).with_union("uAlice").sign_in(&harness.stores).await;
    assert_eq!(elsewhere.user.id, alice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_late_unionid_owned_by_another_user_is_a_conflict() {
    let Some(harness) = Harness::new().await else { return };
    let alice = Sample::of("oAlice").sign_in(&harness.stores).await.user.id;
    let late = Sample::of("oAlice").with_union("uAlice").at(1);
    let identities = harness.collection("identities");
    let note = doc! { "$set": { "union_id": "uAlice" } };
    identities.update_one(doc! { "_id": key(&late.record()) }, note).await.unwrap();
    let other = Sample::of("oElse").in_app(2).with_union("uAlice").sign_in(&harness.stores).await;
    let signed_in = late.sign_in(&harness.stores).await;
    assert_eq!(signed_in.user.id, alice);
    assert_eq!(signed_in.union_conflict.unwrap().owner, Some(other.user.id));
    let own = Sample::of("oAlice").with_union("uOther").at(2).sign_in(&harness.stores).await;
    assert_eq!(own.union_conflict, None, "the identity has no unionid that it would change");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fields_of_a_later_version_stay() {
    let Some(harness) = Harness::new().await else { return };
    let first = Sample::of("oAlice").sign_in(&harness.stores).await;
    let (user, session) = (first.user.id, first.session.id);
    let users = harness.collection("users");
    let later = doc! { "$set": { "motto": "mine", "sessions.0.place": 7 } };
    users.update_one(doc! { "_id": id(user.as_uuid()) }, later).await.unwrap();
    Sample::of("oAlice").named("Alice").at(1).replayable(1).sign_in(&harness.stores).await;
    assert_stored(&harness, user, session).await;
}

async fn assert_stored(harness: &Harness, user: UserId, session: SessionId) {
    let stored = harness.find("users", doc! { "_id": id(user.as_uuid()) }).await;
    assert_eq!(stored.get_str("motto").unwrap(), "mine");
    let sessions = stored.get_array("sessions").unwrap();
    let kept = sessions.iter().filter_map(|session| session.as_document());
    let kept = kept.filter(|kept| kept.get("id") == Some(&id(session.as_uuid()).into()));
    assert_eq!(kept.map(|kept| kept.get_i32("place").unwrap()).collect::<Vec<_>>(), [7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_replay_tag_has_one_user_at_a_time() {
    let Some(harness) = Harness::new().await else { return };
    for round in 0..8 {
        let tasks = (0..16).map(|n| {
            let stores = harness.stores.clone();
            let login = Sample::of(&format!("oPerson{round}x{n}")).replayable(round);
            tokio::spawn(async move { login.sign_in(&stores).await.user.id })
        });
        let mut users = Vec::new();
        for done in futures_util::future::join_all(tasks).await {
            users.push(done.unwrap());
        }
        users.sort_unstable();
        users.dedup();
        assert_eq!(users.len(), 16, "no login signs in as another user");
        let tag = Binary { subtype: BinarySubtype::Generic, bytes: vec![round; 32] };
        let holding = doc! { "replay_tags": tag };
        assert_eq!(harness.collection("users").count_documents(holding).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tag_of_an_expired_session_passes_to_another_user() {
    let Some(harness) = Harness::new().await else { return };
    Sample::of("oAlice").replayable(7).until(10).sign_in(&harness.stores).await;
    let bob = Sample::of("oBob").replayable(7).at(11).sign_in(&harness.stores).await;
    let again = Sample::of("oBob").replayable(7).at(12).outcome(&harness.stores).await;
    let LoginOutcome::Replayed(found) = again else { panic!("got {again:?}") };
    assert_eq!(found.session.id, bob.session.id);
    Sample::of("oAlice").at(13).sign_in(&harness.stores).await;
}
