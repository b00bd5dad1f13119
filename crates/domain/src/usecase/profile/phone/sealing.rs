use zeroize::Zeroizing;

use crate::model::{PhoneNumber, SealedPhone, UserId};
use crate::ports::{CannotOpen, CryptoFault, KeyedTag, Place, Sealer, TagPurpose};
use crate::usecase::support::resealing::CannotReseal;

/// Calls `with` with the place of a user's phone number in the database.
fn at<T>(user_id: UserId, with: impl FnOnce(Place<'_>) -> T) -> T {
    let id = user_id.as_uuid();
    with(Place { table: "users", column: "phone", row: &[id.as_bytes()] })
}

/// Encrypts a phone number for its user's row.
pub(crate) fn seal_phone(
    sealer: &dyn Sealer,
    user_id: UserId,
    phone: &PhoneNumber,
) -> Result<SealedPhone, CryptoFault> {
    let text = text(phone);
    Ok(SealedPhone {
        sealed: at(user_id, |place| sealer.seal(place, text.as_bytes()))?,
        tag: sealer.tag(TagPurpose::Phone, text.as_bytes()),
    })
}

/// The tags that a phone number has or had under previous master keys.
pub(crate) fn previous_phone_tags(sealer: &dyn Sealer, phone: &PhoneNumber) -> Vec<KeyedTag> {
    sealer.previous_tags(TagPurpose::Phone, text(phone).as_bytes())
}

fn text(phone: &PhoneNumber) -> Zeroizing<String> {
    Zeroizing::new(format!("{} {}", phone.country_code(), phone.national()))
}

/// Decrypts the phone number of a user's row.
pub(crate) fn open_phone(
    sealer: &dyn Sealer,
    user_id: UserId,
    phone: &SealedPhone,
) -> Result<PhoneNumber, CannotOpen> {
    let opened = at(user_id, |place| sealer.open(place, &phone.sealed))?;
    let text = std::str::from_utf8(&opened).map_err(|_| CannotOpen::Damaged)?;
    let (country_code, national) = text.split_once(' ').ok_or(CannotOpen::Damaged)?;
    PhoneNumber::parse(country_code, national).map_err(|_| CannotOpen::Damaged)
}

/// Encrypts the phone number of one user's row for another user's row. The tag stays: it says which number
/// the caller has seen.
pub(crate) fn reseal_phone(
    sealer: &dyn Sealer,
    from: UserId,
    to: UserId,
    phone: &SealedPhone,
) -> Result<SealedPhone, CannotReseal> {
    let number = at(from, |place| sealer.open(place, &phone.sealed))?;
    let sealed = at(to, |place| sealer.seal(place, &number))?;
    Ok(SealedPhone { sealed, tag: phone.tag })
}

/// Encrypts and tags the phone number of a user's row with the current master key; `None` if it is.
pub(crate) fn renew_phone(
    sealer: &dyn Sealer,
    user_id: UserId,
    phone: &SealedPhone,
) -> Result<Option<SealedPhone>, CannotReseal> {
    let number = at(user_id, |place| sealer.open(place, &phone.sealed))?;
    let tag = sealer.tag(TagPurpose::Phone, &number);
    if tag == phone.tag && sealer.is_current(&phone.sealed) {
        return Ok(None);
    }
    let sealed = at(user_id, |place| sealer.seal(place, &number))?;
    Ok(Some(SealedPhone { sealed, tag }))
}
