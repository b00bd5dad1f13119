//! Conversions between documents and rows.

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Bson, DateTime, Document};
use wxlogin_domain::ports::{Cell, Column, Kind, Row, Table};

use crate::convert;
use crate::error::Failure;

/// The only time that is stored as a date.
const DATE: (&str, &str) = ("revocations", "revoked_at");

/// Converts a document to a row.
pub(super) fn row(table: &Table, document: &Document) -> Result<Row, Failure> {
    let key = document.get("_id");
    let columns = table.columns.iter().enumerate();
    let cells = columns.map(|(number, column)| {
        let stored = match key {
            _ if number >= table.key => document.get(column.name),
            Some(Bson::Document(parts)) if table.key > 1 => parts.get(column.name),
            other => other,
        };
        cell(table, column, stored)
    });
    cells.collect::<Result<Vec<_>, _>>().map(Row)
}

/// Converts a row to a document.
pub(super) fn document(table: &Table, row: &Row) -> Result<Document, Failure> {
    if row.0.len() != table.columns.len() {
        return Err(Failure::Unexpected(format!(
            "a row of {} has the wrong number of columns",
            table.name
        )));
    }
    let (of_key, others) = row.0.split_at(table.key);
    let mut document = Document::new();
    document.insert("_id", key(table, of_key)?);
    fields(table, &table.columns[table.key..], others, &mut document)?;
    Ok(document)
}

/// Converts a primary key to an `_id`.
pub(super) fn key(table: &Table, cells: &[Cell]) -> Result<Bson, Failure> {
    let columns = &table.columns[..table.key];
    let mut parts = Document::new();
    fields(table, columns, cells, &mut parts)?;
    match columns {
        [only] => parts.remove(only.name).ok_or_else(|| unreadable(table, only)),
        _ => Ok(parts.into()),
    }
}

/// Writes cells into the fields of their columns; an absent value has no field.
pub(super) fn fields(
    table: &Table,
    columns: &[Column],
    cells: &[Cell],
    document: &mut Document,
) -> Result<(), Failure> {
    for (column, cell) in columns.iter().zip(cells) {
        let stored = match (cell, column.kind) {
            (Cell::Absent, _) if column.optional => continue,
            (Cell::Integer(millis), Kind::Integer) if (table.name, column.name) == DATE => {
                DateTime::from_millis(*millis).into()
            }
            (Cell::Integer(number), Kind::Integer) => Bson::Int64(*number),
            (Cell::Text(text), Kind::Text) => text.into(),
            (Cell::Bytes(bytes), Kind::Bytes) => convert::binary(bytes).into(),
            (Cell::Id(id), Kind::Id) => convert::to_bson(*id).into(),
            (
                Cell::Absent | Cell::Integer(_) | Cell::Text(_) | Cell::Bytes(_) | Cell::Id(_),
                Kind::Integer | Kind::Text | Kind::Bytes | Kind::Id,
            ) => return Err(unreadable(table, column)),
        };
        document.insert(column.name, stored);
    }
    Ok(())
}

fn cell(table: &Table, column: &Column, stored: Option<&Bson>) -> Result<Cell, Failure> {
    Ok(match (stored, column.kind) {
        (None, _) if column.optional => Cell::Absent,
        (Some(Bson::Int32(number)), Kind::Integer) => Cell::Integer(i64::from(*number)),
        (Some(Bson::Int64(number)), Kind::Integer) => Cell::Integer(*number),
        (Some(Bson::DateTime(at)), Kind::Integer) => Cell::Integer(at.timestamp_millis()),
        (Some(Bson::String(text)), Kind::Text) => Cell::Text(text.clone()),
        (Some(Bson::Binary(binary)), Kind::Bytes) => Cell::Bytes(binary.bytes.clone()),
        (Some(Bson::Binary(binary)), Kind::Id) if binary.subtype == BinarySubtype::Uuid => {
            let id = uuid::Uuid::from_slice(&binary.bytes);
            Cell::Id(id.map_err(|_| unreadable(table, column))?)
        }
        _ => return Err(unreadable(table, column)),
    })
}

fn unreadable(table: &Table, column: &Column) -> Failure {
    convert::unexpected(&format!("{}.{}", table.name, column.name))
}
