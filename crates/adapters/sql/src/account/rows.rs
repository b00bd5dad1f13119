use std::collections::HashMap;

use sea_orm::{EntityTrait, IdenStatic, Iterable, ModelTrait};
use uuid::Uuid;

use crate::entity::{identity, user};

/// Users and identities as the database has them. Which of their columns change decides what an
/// update writes.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(super) users: HashMap<Uuid, user::Model>,
    pub(super) identities: HashMap<(String, String), identity::Model>,
}

/// A list to look for, its last value repeated up to the next power of two: lists of many lengths
/// are then few different statements.
pub(crate) fn padded<T: Clone>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values = values.into_iter().collect::<Vec<_>>();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// Whether two rows are the same in all other columns than these.
pub(super) fn differ_only_in<M: ModelTrait>(
    one: &M,
    other: &M,
    columns: &[<M::Entity as EntityTrait>::Column],
) -> bool {
    let names = columns.iter().map(IdenStatic::as_str).collect::<Vec<_>>();
    let mut others = <M::Entity as EntityTrait>::Column::iter()
        .filter(|column| !names.contains(&column.as_str()));
    others.all(|column| one.get(column) == other.get(column))
}
