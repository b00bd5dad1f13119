//! Conversion between the domain's cells and database values.

use sea_orm::sea_query::{Expr, ExprTrait, Value};
use sea_orm::{DbErr, QueryResult};
use uuid::Uuid;
use wxlogin_domain::ports::{Cell, Column, Kind, Row};

use crate::engine::Engine;

/// The expression that selects a column. PostgreSQL's driver reads an integer only as its own type.
pub(super) fn selected(engine: Engine, column: &Column) -> Expr {
    let named = Expr::col(column.name);
    match (engine, column.kind) {
        (Engine::Postgres, Kind::Integer) => named.cast_as("bigint"),
        (Engine::Postgres, Kind::Text | Kind::Bytes | Kind::Id)
        | (Engine::Sqlite | Engine::MySql, _) => named,
    }
}

/// The value that is bound for a cell.
pub(super) fn value(kind: Kind, cell: Cell) -> Value {
    match (cell, kind) {
        (Cell::Integer(number), _) => number.into(),
        (Cell::Text(text), _) => text.into(),
        (Cell::Bytes(bytes), _) => bytes.into(),
        (Cell::Id(id), _) => id.into(),
        (Cell::Absent, Kind::Integer) => None::<i64>.into(),
        (Cell::Absent, Kind::Text) => None::<String>.into(),
        (Cell::Absent, Kind::Bytes) => None::<Vec<u8>>.into(),
        (Cell::Absent, Kind::Id) => None::<Uuid>.into(),
    }
}

/// Reads a row of these columns.
pub(super) fn read(columns: &[Column], row: &QueryResult) -> Result<Row, DbErr> {
    let cells = columns.iter().enumerate().map(|(index, column)| {
        let cell = match column.kind {
            Kind::Integer => row.try_get_by_index::<Option<i64>>(index)?.map(Cell::Integer),
            Kind::Text => row.try_get_by_index::<Option<String>>(index)?.map(Cell::Text),
            Kind::Bytes => row.try_get_by_index::<Option<Vec<u8>>>(index)?.map(Cell::Bytes),
            Kind::Id => row.try_get_by_index::<Option<Uuid>>(index)?.map(Cell::Id),
        };
        Ok(cell.unwrap_or(Cell::Absent))
    });
    cells.collect::<Result<_, DbErr>>().map(Row)
}
