use mongodb::bson::doc;
use wxlogin_domain::account::{Rotation, RotationOutcome};
use wxlogin_domain::model::UserStatus;

use crate::convert;
use crate::database::Connections;
use crate::document::SESSION_ID;
use crate::error::Failure;
use crate::user_sessions::Sessions;

/// Decides on the document as read, and rotates with one update that matches the session by its
/// generation within an active user. Of several concurrent rotations one matches, and none after a ban;
/// the others start over.
pub(super) async fn rotate(
    connections: &Connections,
    rotation: &Rotation,
) -> Result<RotationOutcome, Failure> {
    let id = convert::to_bson(rotation.session_id.as_uuid());
    let Some(user) = connections.user_with(doc! { SESSION_ID: id }).await? else {
        return Ok(RotationOutcome::Gone);
    };
    let sessions = Sessions::of(&user)?;
    let Some(stored) = sessions.find(id) else { return Ok(RotationOutcome::Gone) };
    let outcome = rotation.of(convert::session(user.id, stored)?, convert::user(&user)?);
    let RotationOutcome::Rotated { session, .. } = &outcome else { return Ok(outcome) };
    let current = doc! {
        "_id": user.id,
        "status": i64::from(UserStatus::Active.code()),
        "sessions": { "$elemMatch": { "id": id, "generation": i64::from(rotation.from.0) } },
    };
    let next = doc! {
        "$set": {
            "sessions.$[one].generation": i64::from(session.generation.0),
            "sessions.$[one].last_used_at": session.last_used_at.as_millis(),
            "sessions.$[one].expires_at": session.expires_at.as_millis(),
        },
        "$inc": { "version": 1_i64 },
    };
    let moved = connections.users.update_one(current, next);
    let moved = moved.array_filters([doc! { "one.id": id }]).await?;
    if moved.matched_count == 0 {
        return Err(Failure::Conflict);
    }
    Ok(outcome)
}
