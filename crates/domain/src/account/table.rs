use std::collections::BTreeMap;

/// Rows of one table, by key: what was loaded, and what a command made of it.
///
/// Sorted by key, so that every writer inserts and locks in the same order.
#[derive(Debug, Clone)]
pub(super) struct Table<K, V>(BTreeMap<K, Row<V>>);

#[derive(Debug, Clone)]
enum Row<V> {
    Loaded(V),
    Updated(V),
    Inserted(V),
    Deleted,
}

impl<V> Row<V> {
    fn value(&self) -> Option<&V> {
        match self {
            Self::Loaded(value) | Self::Updated(value) | Self::Inserted(value) => Some(value),
            Self::Deleted => None,
        }
    }
}

/// What is to be written to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChanges<K, V> {
    /// Rows that the store does not have yet.
    pub inserted: Vec<V>,
    /// Rows that the store has, as they are now.
    pub updated: Vec<V>,
    /// Keys of rows that go.
    pub deleted: Vec<K>,
}

impl<K, V> RowChanges<K, V> {
    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inserted.is_empty() && self.updated.is_empty() && self.deleted.is_empty()
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> Table<K, V> {
    /// Takes a row as the store has it. A row that a command has changed already stays as it is.
    pub(super) fn load(&mut self, key: K, value: V) {
        match self.0.get(&key) {
            Some(Row::Updated(_) | Row::Inserted(_) | Row::Deleted) => {}
            Some(Row::Loaded(_)) | None => {
                self.0.insert(key, Row::Loaded(value));
            }
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key).and_then(Row::value)
    }

    /// Whether the store does not have the row yet.
    pub(super) fn is_inserted(&self, key: &K) -> bool {
        matches!(self.0.get(key), Some(Row::Inserted(_)))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values().filter_map(Row::value)
    }

    /// The keys of the rows for which `condition` is true.
    pub(super) fn keys_where(&self, condition: impl Fn(&V) -> bool) -> Vec<K> {
        let rows = self.0.iter().filter(|(_, row)| row.value().is_some_and(&condition));
        rows.map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        let row = match self.0.get(&key) {
            Some(Row::Loaded(stored)) if *stored == value => return,
            Some(Row::Loaded(_) | Row::Updated(_) | Row::Deleted) => Row::Updated(value),
            Some(Row::Inserted(_)) | None => Row::Inserted(value),
        };
        self.0.insert(key, row);
    }

    /// Changes a row. A change that leaves it as it was is not written.
    pub(super) fn update(&mut self, key: &K, change: impl FnOnce(&mut V)) {
        match self.0.get_mut(key) {
            Some(row @ Row::Loaded(_)) => {
                let Some(before) = row.value() else { return };
                let mut after = before.clone();
                change(&mut after);
                if after != *before {
                    *row = Row::Updated(after);
                }
            }
            Some(Row::Updated(value) | Row::Inserted(value)) => change(value),
            Some(Row::Deleted) | None => {}
        }
    }

    pub(super) fn delete(&mut self, key: &K) -> Option<V> {
        match self.0.remove(key)? {
            Row::Inserted(value) => Some(value),
            Row::Loaded(value) | Row::Updated(value) => {
                self.0.insert(key.clone(), Row::Deleted);
                Some(value)
            }
            Row::Deleted => {
                self.0.insert(key.clone(), Row::Deleted);
                None
            }
        }
    }

    pub(super) fn into_changes(self) -> RowChanges<K, V> {
        let mut changes =
            RowChanges { inserted: Vec::new(), updated: Vec::new(), deleted: Vec::new() };
        for (key, row) in self.0 {
            match row {
                Row::Loaded(_) => {}
                Row::Updated(value) => changes.updated.push(value),
                Row::Inserted(value) => changes.inserted.push(value),
                Row::Deleted => changes.deleted.push(key),
            }
        }
        changes
    }
}
