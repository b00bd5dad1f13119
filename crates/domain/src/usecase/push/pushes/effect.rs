use crate::model::{AppId, AuditAction, IdentityKey, PushEvent, PushEventKind};

/// What to do because of an event, and to whom.
pub(super) struct Request {
    pub(super) identity: IdentityKey,
    pub(super) effect: Effect,
    /// Equal for all repetitions of the event.
    pub(super) content: Vec<u8>,
}

/// What to do to the user.
pub(super) enum Effect {
    Clear { nickname: bool, avatar_url: bool, phone: bool, action: AuditAction },
    Erase,
}

impl Request {
    /// Returns `None` for events that need nothing done, or that name no user.
    pub(super) fn of(event: PushEvent, app_id: &AppId) -> Option<Self> {
        let effect = Effect::of(&event.kind)?;
        let content = [app_id.as_str().as_bytes(), &event.fingerprint.0].concat();
        let identity = IdentityKey { app_id: app_id.clone(), open_id: event.open_id? };
        Some(Self { identity, effect, content })
    }
}

impl Effect {
    fn of(kind: &PushEventKind) -> Option<Self> {
        match kind {
            PushEventKind::UserInfoModified => Some(Self::Clear {
                nickname: true,
                avatar_url: true,
                phone: false,
                action: AuditAction::ProfileCleared,
            }),
            PushEventKind::AuthorizationRevoked { revoke_info } => {
                let revokes = |numbers: [u32; 2]| numbers.iter().any(|n| revoke_info.contains(n));
                let (nickname, avatar_url) = (revokes([6, 19]), revokes([6, 20]));
                let phone = revoke_info.contains(&8);
                let action = AuditAction::AuthorizationRevoked;
                let any = nickname || avatar_url || phone;
                any.then_some(Self::Clear { nickname, avatar_url, phone, action })
            }
            PushEventKind::AuthorizationCancelled => Some(Self::Erase),
            PushEventKind::Other(_) => None,
        }
    }
}
