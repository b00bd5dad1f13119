use std::collections::HashSet;

use wxlogin_domain::testing::SequenceRandomness;

use aws_lc_rs::aead::{Aad, Nonce};

use super::derived_keys::HEADER_LEN;
use super::*;

fn sealer_of(master: [u8; 32]) -> MasterKeySealer {
    let randomness = Arc::new(SequenceRandomness::default());
    MasterKeySealer::new(&MasterKey::from_bytes(master), randomness).unwrap()
}

/// A sealer with the master key 00 01 02 … 1f.
fn sealer() -> MasterKeySealer {
    sealer_of(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

const PLACE: Place<'_> = Place { table: "users", column: "phone", row: &[b"ab", b"c"] };

fn opened(sealer: &MasterKeySealer, place: Place<'_>, stored: &Sealed) -> Option<Vec<u8>> {
    sealer.open(place, stored).ok().map(|value| value.to_vec())
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// The values were computed with Python's `hmac` and `cryptography` from the description of the module.
/// If they have to change, no deployment can read its database any more.
#[test]
fn the_format_does_not_change() {
    let sealer = sealer();
    let stored =
        "010e2c7520404142434445464748494a4bb692e9639f7040a2d0d312bf06ff7eed3630deadfd9a2a443361fb";
    assert_eq!(opened(&sealer, PLACE, &Sealed(bytes(stored))).unwrap(), b"13800138000");
    for (purpose, tag) in [
        (
            TagPurpose::SessionKey,
            "de861a17391ce0482a8a6ea47652c75432e687f1d64dfc88a5f3f7c7edf830ea",
        ),
        (TagPurpose::Replay, "d1de7708e349830a020461b557a079c81446271d3c14db6778e49fc935d0d2a4"),
        (
            TagPurpose::ReplayFingerprint,
            "63bf71165c4d7db1eb74e827ee6d59ef1fe37e71339c2c28234d8cf717f91578",
        ),
        (
            TagPurpose::RefreshToken,
            "be5cd553e880fdd868036d2296093a34298fbc67ab54296621946e3d1fa65a57",
        ),
        (
            TagPurpose::RefreshTokenOuter,
            "7282a41667620a8730d8e1867414d45b1939fe21780c56509e86e00901b9dd62",
        ),
        (TagPurpose::Tombstone, "4ab2b3c16ca498f61b471eae36f0cc86289d8ed7c543086f0d7f173cb41791bf"),
        (TagPurpose::Push, "ebb61402d1d750d1c4f15559693292abb449cedc4e9b009100bafed4e024dcf5"),
        (TagPurpose::Phone, "f19064d14513128288d717e105c2ef6b9e5d1bfb54589099aeff809c0c9f4369"),
    ] {
        assert_eq!(sealer.tag(purpose, b"value").0.to_vec(), bytes(tag), "{purpose:?}");
    }
    assert_eq!(sealer.key_id().to_string(), "0e2c7520");
    assert_eq!(
        sealer.key_check().0.to_vec(),
        bytes("6c8e28689df57492b9c6170f5d5cf20d79683f56bd55e4c8640b8bb73233a5ea"),
    );
}

#[test]
fn another_process_with_the_same_master_key_opens_the_value() {
    for value in [b"".as_slice(), b"x", &[0; 16], &vec![0xa5; 100_000]] {
        let stored = sealer().seal(PLACE, value).unwrap();
        assert_eq!(opened(&sealer(), PLACE, &stored).unwrap(), value);
        assert_eq!(stored.0.len(), 1 + 4 + 12 + value.len() + 16);
    }
}

#[test]
fn another_master_key_opens_nothing() {
    let (ours, theirs) = (sealer_of([1; 32]), sealer_of([2; 32]));
    let mut stored = ours.seal(PLACE, b"secret").unwrap();
    assert!(theirs.open(PLACE, &stored).is_err());
    // Also if the header names the other key.
    stored.0[..HEADER_LEN].copy_from_slice(&theirs.current.header);
    assert!(theirs.open(PLACE, &stored).is_err());
}

#[test]
fn another_place_opens_nothing() {
    let sealer = sealer();
    let stored = sealer.seal(PLACE, b"secret").unwrap();
    let places: [(&'static str, &'static str, &[&[u8]]); 13] = [
        ("identities", "phone", PLACE.row),
        ("users", "session_key", PLACE.row),
        ("user", "sphone", PLACE.row),
        ("users\0", "phone", PLACE.row),
        ("users", "phone", &[b"ab", b"d"]),
        ("users", "phone", &[b"a", b"bc"]),
        ("users", "phone", &[b"c", b"ab"]),
        ("users", "phone", &[b"abc"]),
        ("users", "phone", &[b"abc", b""]),
        ("users", "phone", &[b"ab", b"c", b""]),
        ("users", "phone", &[b"ab"]),
        ("users", "phone", &[]),
        ("users", "phone", &[b"ab\0\0\0\0\0\0\0\x01c"]),
    ];
    for (table, column, row) in places {
        let place = Place { table, column, row };
        assert!(sealer.open(place, &stored).is_err(), "{place:?}");
    }
    assert!(sealer.open(PLACE, &stored).is_ok());
}

#[test]
fn each_place_has_its_own_key_and_is_authenticated() {
    let sealer = sealer();
    let here = encode(PLACE);
    let there = encode(Place { row: &[], ..PLACE });
    let stored = sealer.try_seal(&here, b"secret").unwrap();
    let (nonce, ciphertext) = stored[HEADER_LEN..].split_first_chunk().unwrap();
    let opens = |key: &[u8], authenticated: &[u8]| {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let key = sealer.current.key_for(key).unwrap();
        key.open_in_place(nonce, Aad::from(authenticated), &mut ciphertext.to_vec()).is_ok()
    };
    assert!(opens(&here, &here));
    assert!(!opens(&there, &here));
    assert!(!opens(&here, &there));
}

#[test]
fn no_changed_byte_is_accepted() {
    let sealer = sealer();
    let stored = sealer.seal(PLACE, b"secret").unwrap().0;
    for at in 0..stored.len() {
        for bit in 0..8 {
            let mut changed = stored.clone();
            changed[at] ^= 1 << bit;
            assert_eq!(opened(&sealer, PLACE, &Sealed(changed)), None, "byte {at}, bit {bit}");
        }
        assert_eq!(opened(&sealer, PLACE, &Sealed(stored[..at].to_vec())), None, "{at} bytes");
    }
    let longer = [stored.as_slice(), b"\0"].concat();
    assert_eq!(opened(&sealer, PLACE, &Sealed(longer)), None);
}

#[test]
fn sealing_a_value_twice_gives_different_bytes() {
    let sealer = sealer();
    let stored = || sealer.seal(PLACE, b"secret").unwrap().0;
    let seen: HashSet<_> = std::iter::repeat_with(stored).take(100).collect();
    assert_eq!(seen.len(), 100);
    assert!(seen.iter().all(|stored| !stored.windows(6).any(|bytes| bytes == b"secret")));
}

#[test]
fn a_tag_depends_only_on_purpose_value_and_master_key() {
    let tag = |master, purpose, value| sealer_of([master; 32]).tag(purpose, value);
    let first = tag(1, TagPurpose::SessionKey, b"value".as_slice());
    assert_eq!(first, tag(1, TagPurpose::SessionKey, b"value"));
    assert_ne!(first, tag(1, TagPurpose::Replay, b"value"));
    assert_ne!(first, tag(1, TagPurpose::SessionKey, b"valuf"));
    assert_ne!(first, tag(1, TagPurpose::SessionKey, b""));
    assert_ne!(first, tag(2, TagPurpose::SessionKey, b"value"));
}

#[test]
fn only_an_equal_tag_matches() {
    let sealer = sealer_of([1; 32]);
    let tag = sealer.tag(TagPurpose::RefreshToken, b"value");
    let matches = |purpose, value: &[u8], tag| sealer.matches(purpose, value, &tag);
    assert!(matches(TagPurpose::RefreshToken, b"value", tag));
    assert!(!matches(TagPurpose::RefreshToken, b"valuf", tag));
    assert!(!matches(TagPurpose::RefreshToken, b"", tag));
    assert!(!matches(TagPurpose::Tombstone, b"value", tag));
    assert!(!sealer_of([2; 32]).matches(TagPurpose::RefreshToken, b"value", &tag));
    for at in 0..tag.0.len() {
        for bit in 0..8 {
            let mut changed = tag;
            changed.0[at] ^= 1 << bit;
            assert!(!matches(TagPurpose::RefreshToken, b"value", changed), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn key_check_and_key_id_depend_only_on_the_master_key() {
    let sealer = sealer_of([1; 32]);
    sealer.seal(PLACE, b"secret").unwrap();
    assert_eq!(sealer.key_check(), sealer_of([1; 32]).key_check());
    assert_ne!(sealer.key_check(), sealer_of([2; 32]).key_check());
    assert_eq!(sealer.key_id(), sealer_of([1; 32]).key_id());
    assert_ne!(sealer.key_id(), sealer_of([2; 32]).key_id());
}

#[test]
fn every_sealed_value_contains_the_key_id() {
    let sealer = sealer();
    let stored = sealer.seal(PLACE, b"secret").unwrap();
    assert_eq!(stored.0[1..5], sealer.key_id().0);
}

/// A sealer whose current key is the first of these, and the others are previous ones.
fn rotated(masters: &[u8]) -> MasterKeySealer {
    let previous = masters[1..].iter().map(|master| MasterKey::from_bytes([*master; 32]));
    sealer_of([masters[0]; 32]).with_previous(&previous.collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_previous_key_opens_and_only_the_current_one_seals() {
    let stored = rotated(&[1]).seal(PLACE, b"secret").unwrap();
    for masters in [&[2, 1][..], &[3, 2, 1], &[1, 2]] {
        let sealer = rotated(masters);
        assert_eq!(opened(&sealer, PLACE, &stored).unwrap(), b"secret", "{masters:?}");
        assert_eq!(sealer.is_current(&stored), masters[0] == 1);
        let again = sealer.seal(PLACE, b"secret").unwrap();
        assert!(
            sealer.is_current(&again) && opened(&rotated(&masters[..1]), PLACE, &again).is_some()
        );
    }
}

#[test]
fn an_unknown_key_is_named_by_its_id() {
    let (ours, theirs) = (rotated(&[1, 3]), rotated(&[2]));
    let stored = theirs.seal(PLACE, b"secret").unwrap();
    let error = ours.open(PLACE, &stored).unwrap_err();
    assert_eq!(error, CannotOpen::UnknownKey(theirs.key_id()));
    let text = error.to_string();
    assert!(text.contains(&theirs.key_id().to_string()) && text.contains("previous_master_keys"));
    let elsewhere = Place { row: &[], ..PLACE };
    let ours_elsewhere = ours.seal(PLACE, b"secret").unwrap();
    assert_eq!(ours.open(elsewhere, &ours_elsewhere).unwrap_err(), CannotOpen::Damaged);
}

#[test]
fn tags_under_previous_keys_are_computed_and_recognised() {
    let sealer = rotated(&[3, 2, 1]);
    let under = |master| rotated(&[master]).tag(TagPurpose::Phone, b"value");
    assert_eq!(sealer.tag(TagPurpose::Phone, b"value"), under(3));
    assert_eq!(sealer.previous_tags(TagPurpose::Phone, b"value"), [under(2), under(1)]);
    for master in 1..=3 {
        assert!(sealer.matches(TagPurpose::Phone, b"value", &under(master)), "{master}");
        assert!(!sealer.matches(TagPurpose::Phone, b"valuf", &under(master)), "{master}");
    }
    assert!(!sealer.matches(TagPurpose::Phone, b"value", &under(4)));
    let ids =
        |masters: &[u8]| masters.iter().map(|it| rotated(&[*it]).key_id()).collect::<Vec<_>>();
    assert_eq!(sealer.previous_key_ids(), ids(&[2, 1]));
}

#[test]
fn tombstones_keep_their_key_over_every_rotation() {
    use wxlogin_domain::model::Timestamp;
    use wxlogin_domain::ports::{DeploymentKind, MasterKeyRotation};

    let tombstone = |sealer: &MasterKeySealer| sealer.tag(TagPurpose::Tombstone, b"value");
    let first = rotated(&[1]);
    let mut deployment = Deployment {
        key_check: first.key_check(),
        kind: DeploymentKind::Production,
        rotation: None,
    };
    for masters in [[2, 1], [3, 2], [1, 3]] {
        let rotating = rotated(&masters).for_deployment(&deployment).unwrap();
        assert_eq!(tombstone(&rotating), tombstone(&first), "{masters:?}");
        assert!(rotating.previous_tags(TagPurpose::Tombstone, b"value").is_empty());
        let tombstone_key = rotating.sealed_tombstone_key().unwrap();
        deployment.key_check = rotating.key_check();
        deployment.rotation =
            Some(MasterKeyRotation { tombstone_key, at: Timestamp::from_millis(0) });
        let alone = rotated(&masters[..1]).for_deployment(&deployment).unwrap();
        assert_eq!(tombstone(&alone), tombstone(&first), "{masters:?}");
    }
    assert!(rotated(&[9]).for_deployment(&deployment).is_err());
}
