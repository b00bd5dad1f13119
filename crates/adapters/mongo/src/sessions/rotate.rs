use mongodb::bson::doc;
use mongodb::options::ReturnDocument;
use wxlogin_domain::account::{Rotation, RotationOutcome};
use wxlogin_domain::model::UserStatus;

use crate::convert;
use crate::database::Connections;
use crate::document::SESSION_ID;
use crate::error::Failure;
use crate::user_sessions::Sessions;

/// One update matches the session by its generation within an active user, and rotates it. Of several
/// concurrent rotations one matches, and none after a ban.
pub(super) async fn rotate(
    connections: &Connections,
    rotation: &Rotation,
) -> Result<RotationOutcome, Failure> {
    let id = convert::to_bson(rotation.session_id.as_uuid());
    let from = i64::from(rotation.from.0);
    let current = doc! {
        "status": i64::from(UserStatus::Active.code()),
        "sessions": { "$elemMatch": { "id": id, "generation": from } },
    };
    let next = doc! {
        "$set": {
            "sessions.$[one].generation": i64::from(rotation.from.next().0),
            "sessions.$[one].last_used_at": rotation.now.as_millis(),
            "sessions.$[one].expires_at": rotation.expires_at.as_millis(),
        },
        "$inc": { "version": 1_i64 },
    };
    let users = &connections.users;
    let moved = users.find_one_and_update(current, next).array_filters([doc! { "one.id": id }]);
    let rotated = moved.return_document(ReturnDocument::After).await?;
    let is_rotated = rotated.is_some();
    let user = match rotated {
        Some(user) => Some(user),
        None => connections.user_with(doc! { SESSION_ID: id }).await?,
    };
    let Some(user) = user else { return Ok(RotationOutcome::Gone) };
    let sessions = Sessions::of(&user)?;
    let Some(stored) = sessions.find(id) else { return Ok(RotationOutcome::Gone) };
    let session = convert::session(user.id, stored)?;
    let user = convert::user(&user)?;
    if is_rotated {
        return Ok(RotationOutcome::Rotated { user, session });
    }
    match rotation.of(session, user) {
        // It got this generation after the update, or a majority does not have it yet.
        RotationOutcome::Rotated { .. } => Err(Failure::Conflict),
        outcome => Ok(outcome),
    }
}
