use std::fmt;

use sha2::{Digest, Sha256};

use crate::ports::{Cell, Row};

/// A table's content regardless of its order: the number of rows, and the sum of their SHA-256
/// hashes as 256-bit numbers. Databases sort texts differently, so the order cannot be compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fingerprint {
    rows: u64,
    /// Least significant part first.
    sum: [u64; 4],
}

impl Fingerprint {
    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds rows.
    pub fn add(&mut self, rows: &[Row]) {
        for row in rows {
            self.rows += 1;
            let hash: [u8; 32] = hash(row).into();
            let mut carry = false;
            for (part, bytes) in self.sum.iter_mut().zip(hash.as_chunks().0) {
                (*part, carry) = part.carrying_add(u64::from_le_bytes(*bytes), carry);
            }
        }
    }
}

/// The first 16 hexadecimal digits, to compare by eye.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.sum[0])
    }
}

/// Hashes each cell as its kind, its length and its bytes, so that different rows differ.
fn hash(row: &Row) -> sha2::digest::Output<Sha256> {
    let mut hasher = Sha256::new();
    let mut add = |kind: u8, bytes: &[u8]| {
        hasher.update([kind]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    for cell in &row.0 {
        match cell {
            Cell::Absent => add(0, &[]),
            Cell::Integer(number) => add(1, &number.to_be_bytes()),
            Cell::Text(text) => add(2, text.as_bytes()),
            Cell::Bytes(bytes) => add(3, bytes),
            Cell::Id(id) => add(4, id.as_bytes()),
        }
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn of(rows: &[&[Cell]]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        for row in rows {
            fingerprint.add(&[Row(row.to_vec())]);
        }
        fingerprint
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let rows = [[text("a")], [text("B")], [text("ä")], [text("𠮷")]];
        let one = rows.each_ref().map(<[Cell; 1]>::as_slice);
        let mut other = one;
        other.reverse();
        assert_eq!(of(&one), of(&other));
        assert_eq!(of(&one).rows(), 4);
    }

    #[test]
    fn every_cell_matters() {
        let different: [&[&[Cell]]; 14] = [
            &[],
            &[&[]],
            &[&[Cell::Absent]],
            &[&[Cell::Integer(0)]],
            &[&[Cell::Integer(1)]],
            &[&[text("")]],
            &[&[Cell::Bytes(vec![])]],
            &[&[text("ab"), text("c")]],
            &[&[text("a"), text("bc")]],
            &[&[text("abc"), Cell::Absent]],
            &[&[Cell::Absent, text("abc")]],
            &[&[Cell::Id(Uuid::nil())]],
            &[&[Cell::Bytes(vec![0; 16])]],
            &[&[Cell::Bytes(vec![0; 16])], &[Cell::Bytes(vec![0; 16])]],
        ];
        for (number, one) in different.iter().enumerate() {
            for other in &different[number + 1..] {
                assert_ne!(of(one), of(other));
            }
        }
    }

    #[test]
    fn the_sum_carries_over() {
        let mut fingerprint = Fingerprint { rows: 0, sum: [u64::MAX; 4] };
        fingerprint.add(&[Row(vec![])]);
        let empty = of(&[&[]]);
        // Minus one, and the hash.
        assert_eq!(fingerprint.sum[0], empty.sum[0].wrapping_sub(1));
        assert_eq!(fingerprint.sum[1..], empty.sum[1..]);
        // The beginning of the SHA-256 of nothing is e3b0c44298fc1c14, read from its end.
        assert_eq!(empty.to_string(), "141cfc9842c4b0e3");
    }
}
