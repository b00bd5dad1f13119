use zeroize::Zeroizing;

use crate::model::{PhoneNumber, SealedPhone, UserId};
use crate::ports::{CannotOpen, CryptoFault, Place, Sealer, TagPurpose};

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
    let text = Zeroizing::new(format!("{} {}", phone.country_code(), phone.national()));
    Ok(SealedPhone {
        sealed: at(user_id, |place| sealer.seal(place, text.as_bytes()))?,
        tag: sealer.tag(TagPurpose::Phone, text.as_bytes()),
    })
}

/// Decrypts the phone number of a user's row.
pub(crate) fn open_phone(
    sealer: &dyn Sealer,
    user_id: UserId,
    phone: &SealedPhone,
) -> Result<PhoneNumber, CannotOpen> {
    let opened = at(user_id, |place| sealer.open(place, &phone.sealed))?;
    let text = std::str::from_utf8(&opened).map_err(|_| CannotOpen)?;
    let (country_code, national) = text.split_once(' ').ok_or(CannotOpen)?;
    PhoneNumber::parse(country_code, national).map_err(|_| CannotOpen)
}

/// A stored phone number could not be encrypted for another user.
pub(crate) struct CannotReseal;

/// Encrypts the phone number of one user's row for another user's row.
pub(crate) fn reseal_phone(
    sealer: &dyn Sealer,
    from: UserId,
    to: UserId,
    phone: &SealedPhone,
) -> Result<SealedPhone, CannotReseal> {
    let number = at(from, |place| sealer.open(place, &phone.sealed)).map_err(|_| CannotReseal)?;
    let sealed = at(to, |place| sealer.seal(place, &number)).map_err(|_| CannotReseal)?;
    Ok(SealedPhone { sealed, tag: phone.tag })
}
