use crate::model::{AppId, AuditAction, IdentityKey, PushEvent, PushEventKind};

/// What an event asks for.
pub(super) struct Order {
    pub(super) identity: IdentityKey,
    pub(super) deed: Deed,
    /// The same for every repetition.
    pub(super) content: Vec<u8>,
}

/// What is done about the person.
pub(super) enum Deed {
    Clear { nickname: bool, avatar_url: bool, phone: bool, action: AuditAction },
    Erase,
}

impl Order {
    /// None for what asks for nothing that is done here, or does not say whom it is about.
    pub(super) fn of(event: PushEvent, app_id: &AppId) -> Option<Self> {
        let deed = Deed::of(&event.kind)?;
        let content = [app_id.as_str().as_bytes(), &event.fingerprint.0].concat();
        let identity = IdentityKey { app_id: app_id.clone(), open_id: event.open_id? };
        Some(Self { identity, deed, content })
    }
}

impl Deed {
    fn of(kind: &PushEventKind) -> Option<Self> {
        match kind {
            PushEventKind::UserInfoModified => Some(Self::Clear {
                nickname: true,
                avatar_url: true,
                phone: false,
                action: AuditAction::ProfileCleared,
            }),
            PushEventKind::AuthorizationRevoked { revoke_info } => {
                let names = |numbers: [u32; 2]| numbers.iter().any(|n| revoke_info.contains(n));
                let (nickname, avatar_url) = (names([6, 19]), names([6, 20]));
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
