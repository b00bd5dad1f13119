//! The encrypted values of a row.

use crate::model::{AppId, IdentityKey, OpenId, SealedPhone, UserId};
use crate::ports::{CannotOpen, Cell, KeyedTag, Replacement, Row, Sealed, Sealer, Table};
use crate::usecase::profile::phone::sealing::renew_phone;
use crate::usecase::support::resealing::CannotReseal;
use crate::usecase::tokens::signing_keys::reseal_signing_key;
use crate::usecase::wechat::session_key_sealing::{open_session_key, seal_session_key};

/// The values of some rows that are not under the current master key.
#[derive(Default)]
pub(super) struct Outdated {
    pub(super) replacements: Vec<Replacement>,
    pub(super) unreadable: u64,
}

/// A value encrypted again, and its tag if it has one.
type Renewed = Result<Option<(Sealed, Option<KeyedTag>)>, CannotReseal>;

pub(super) fn outdated(sealer: &dyn Sealer, table: &'static Table, rows: &[Row]) -> Outdated {
    let mut found = Outdated::default();
    for row in rows {
        let row = Secrets { sealer, table, row };
        match table.name {
            "signing_keys" => {
                row.renew("private_key", None, |sealed| row.signing_key(sealed), &mut found);
            }
            "users" => {
                row.renew("phone", Some("phone_tag"), |sealed| row.phone(sealed), &mut found);
            }
            _ => {
                let key = |sealed: &Sealed| row.session_key(sealed);
                row.renew("session_key", Some("session_key_tag"), key, &mut found);
                row.renew("previous_session_key", None, key, &mut found);
            }
        }
    }
    found
}

/// One row with encrypted values.
struct Secrets<'a> {
    sealer: &'a dyn Sealer,
    table: &'static Table,
    row: &'a Row,
}

impl Secrets<'_> {
    fn cell(&self, column: &str) -> Option<&Cell> {
        self.row.0.get(self.table.position(column)?)
    }

    fn renew(
        &self,
        column: &'static str,
        tag: Option<&'static str>,
        renew: impl Fn(&Sealed) -> Renewed,
        found: &mut Outdated,
    ) {
        let Some(Cell::Bytes(from)) = self.cell(column) else { return };
        match renew(&Sealed(from.clone())) {
            Ok(None) => {}
            Ok(Some((to, new_tag))) => found.replacements.push(Replacement {
                key: self.row.0.iter().take(self.table.key).cloned().collect(),
                column,
                from: from.clone(),
                to: to.0,
                tag: tag.zip(new_tag),
            }),
            Err(error) => {
                tracing::warn!(table = self.table.name, column, %error, "a value stays as it is");
                found.unreadable += 1;
            }
        }
    }

    fn signing_key(&self, sealed: &Sealed) -> Renewed {
        if self.sealer.is_current(sealed) {
            return Ok(None);
        }
        let generation = match self.cell("generation") {
            Some(Cell::Integer(number)) => u32::try_from(*number).ok(),
            _ => None,
        };
        let generation = generation.ok_or(CannotOpen::Damaged)?;
        Ok(Some((reseal_signing_key(self.sealer, generation, sealed)?, None)))
    }

    /// Decrypts a number that is under the current key, too: a merge encrypts it again and keeps its tag.
    fn phone(&self, sealed: &Sealed) -> Renewed {
        let (Some(Cell::Id(id)), Some(Cell::Bytes(tag))) =
            (self.cell("id"), self.cell("phone_tag"))
        else {
            return Err(CannotOpen::Damaged.into());
        };
        let tag = KeyedTag(tag.as_slice().try_into().map_err(|_| CannotOpen::Damaged)?);
        let phone = SealedPhone { sealed: sealed.clone(), tag };
        let renewed = renew_phone(self.sealer, UserId::from_uuid(*id), &phone)?;
        Ok(renewed.map(|phone| (phone.sealed, Some(phone.tag))))
    }

    fn session_key(&self, sealed: &Sealed) -> Renewed {
        if self.sealer.is_current(sealed) {
            return Ok(None);
        }
        let identity = self.identity().ok_or(CannotOpen::Damaged)?;
        let key = open_session_key(self.sealer, &identity, sealed)?;
        let renewed = seal_session_key(self.sealer, &identity, &key)?;
        Ok(Some((renewed.sealed, Some(renewed.tag))))
    }

    fn identity(&self) -> Option<IdentityKey> {
        match (self.cell("app_id")?, self.cell("open_id")?) {
            (Cell::Text(app_id), Cell::Text(open_id)) => Some(IdentityKey {
                app_id: AppId::parse(app_id).ok()?,
                open_id: OpenId::parse(open_id).ok()?,
            }),
            _ => None,
        }
    }
}
