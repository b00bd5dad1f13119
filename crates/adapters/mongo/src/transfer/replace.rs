use mongodb::bson::{Document, doc};
use wxlogin_domain::ports::{Replacement, Table};

use super::{USERS, cells};
use crate::convert;
use crate::database::Connections;
use crate::error::Failure;

impl Connections {
    /// Replaces those of the values that are still what was read, in one command.
    pub(super) async fn replace_values(
        &self,
        table: &Table,
        replacements: &[Replacement],
    ) -> Result<(), Failure> {
        let updates = replacements.iter().map(|it| update(table, it));
        self.update_each(table.name, updates.collect::<Result<_, _>>()?).await
    }
}

fn update(table: &Table, it: &Replacement) -> Result<Document, Failure> {
    let as_read = doc! { "_id": cells::key(table, &it.key)?, it.column: convert::binary(&it.from) };
    let mut set = doc! { it.column: convert::binary(&it.to) };
    if let Some((column, tag)) = it.tag {
        let tag = convert::binary(&tag.0);
        if column == "phone_tag" {
            set.insert("phone_tags", vec![tag.clone()]);
        }
        set.insert(column, tag);
    }
    let mut update = doc! { "$set": set };
    if table.name == USERS {
        update.insert("$inc", doc! { "version": 1_i64 });
    }
    Ok(doc! { "q": as_read, "u": update })
}
