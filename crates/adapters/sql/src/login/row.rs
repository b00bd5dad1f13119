use std::collections::BTreeMap;

/// A row of the batch.
pub(super) struct Row<M> {
    pub(super) model: M,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Stored,
    Changed,
    New,
}

impl<M> Row<M> {
    /// As the database holds it.
    pub(super) fn stored(model: M) -> Self {
        Self { model, state: State::Stored }
    }

    /// The database does not hold it yet.
    pub(super) fn new(model: M) -> Self {
        Self { model, state: State::New }
    }

    /// For changing it.
    pub(super) fn change(&mut self) -> &mut M {
        if self.state == State::Stored {
            self.state = State::Changed;
        }
        &mut self.model
    }

    pub(super) fn is_new(&self) -> bool {
        self.state == State::New
    }

    pub(super) fn is_changed(&self) -> bool {
        self.state == State::Changed
    }
}

/// Rows by key. Sorted, so that two instances lock and insert in the same order.
pub(super) type Rows<K, M> = BTreeMap<K, Row<M>>;

/// The models that a condition holds for.
pub(super) fn select<K, M: Clone>(
    rows: &Rows<K, M>,
    condition: fn(&Row<M>) -> bool,
) -> impl Iterator<Item = M> + '_ {
    rows.values().filter(move |row| condition(row)).map(|row| row.model.clone())
}
