//! WeChat's session keys.

use super::Sample;
use super::actions::{after, session_key};
use super::sample::sealed_session_key;
use crate::account::SessionKeyReplacement;
use crate::model::IdentityKey;
use crate::ports::Stores;

pub async fn the_session_key_follows_the_latest_login(stores: &Stores) {
    let (early, late) = (Sample::of("oAlice").at(10), Sample::of("oAlice").at(20));
    let identity = early.record().identity;
    early.sign_in(stores).await;
    let stored = || session_key(stores, &identity);
    assert_eq!(stored().await, Ok(Some(early.record().session_key)));
    late.sign_in(stores).await;
    assert_eq!(stored().await, Ok(Some(late.record().session_key)));
    Sample::of("oAlice").at(15).sign_in(stores).await;
    assert_eq!(stored().await, Ok(Some(late.record().session_key)), "it arrived late");
}

pub async fn a_login_keeps_the_previous_session_key_for_a_while(stores: &Stores) {
    let first = Sample::of("oAlice");
    first.sign_in(stores).await;
    let identity = first.record().identity;
    let keys = stores.session_keys.find_session_keys(&identity).await.unwrap().unwrap();
    assert_eq!((keys.current, keys.previous), (first.record().session_key, None));
    let second = Sample::of("oAlice").at(5);
    second.sign_in(stores).await;
    let expected = Some((first.record().session_key.sealed, Sample::EXPIRY));
    let keys = stores.session_keys.find_session_keys(&identity).await.unwrap().unwrap();
    assert_eq!((keys.current, &keys.previous), (second.record().session_key, &expected));
    // The same key, encrypted again, does not replace the previous one.
    let mut same = Sample::of("oAlice").at(6).record();
    same.session_key.tag = second.record().session_key.tag;
    stores.accounts.record_login(same.clone()).await.unwrap();
    let keys = stores.session_keys.find_session_keys(&identity).await.unwrap().unwrap();
    assert_eq!((keys.current, keys.previous), (same.session_key, expected.clone()));
    // Neither does a late login.
    Sample::of("oAlice").at(1).sign_in(stores).await;
    let keys = stores.session_keys.find_session_keys(&identity).await.unwrap().unwrap();
    assert_eq!(keys.previous, expected);
}

pub async fn a_reset_replaces_both_session_keys(stores: &Stores) {
    Sample::of("oAlice").sign_in(stores).await;
    let login = Sample::of("oAlice").at(5);
    login.sign_in(stores).await;
    let identity = login.record().identity;
    let (old, new) = (login.record().session_key, sealed_session_key("a new one"));
    let replace = async |identity: &IdentityKey, replaces| {
        let (identity, key, now) = (identity.clone(), new.clone(), after(9));
        let replacement = SessionKeyReplacement { identity, replaces, key, now };
        stores.session_keys.replace_session_key(replacement).await
    };
    assert_eq!(replace(&identity, new.tag).await, Ok(false), "this is not the current key");
    assert_eq!(session_key(stores, &identity).await, Ok(Some(old.clone())));
    assert_eq!(replace(&identity, old.tag).await, Ok(true));
    let keys = stores.session_keys.find_session_keys(&identity).await.unwrap().unwrap();
    assert_eq!((keys.current, keys.previous), (new.clone(), None));
    let nobody = Sample::of("oNobody").record().identity;
    assert_eq!(replace(&nobody, old.tag).await, Ok(false));
}
