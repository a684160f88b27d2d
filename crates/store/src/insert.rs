//! Many rows of one table in one statement.

use std::{
    borrow::Cow,
    fmt::{self, Write},
    ops::Range,
};

use bytes::Bytes;
use sqlx::AnyConnection;

/// Rows in one statement. A place is looked up among all places of its statement, twice
/// for each value: a statement that is long takes its length squared.
pub(crate) const ROWS: usize = 32;

/// A value of a row.
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Bytes(Cow<'a, [u8]>),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Self::Number(number(value))
    }
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        Self::Number(number(value))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(bytes))
    }
}

impl<'a> From<&'a Bytes> for Value<'a> {
    fn from(bytes: &'a Bytes) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

/// SQL knows signed integers alone; ours are far below the limit.
pub(crate) fn number(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// Whether a statement for so many rows is kept prepared. Its text depends on the number:
/// these are the frequent ones, and few enough for the connection to keep.
pub(crate) fn comes_again(rows: usize) -> bool {
    matches!(rows, 1 | 2 | ROWS)
}

/// Places of values, as SQL writes them: `($1, $2)` for 0..2.
pub(crate) struct Values(pub Range<usize>);

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in self.0.clone() {
            let begin = if place == self.0.start { "(" } else { ", " };
            write!(f, "{begin}${}", place + 1)?;
        }
        f.write_char(')')
    }
}

/// Rows that wait to be inserted.
pub(crate) struct Insert<'a> {
    /// Table with its columns.
    into: &'static str,
    /// What follows after the values.
    or: &'static str,
    rows: Vec<Vec<Value<'a>>>,
}

impl<'a> Insert<'a> {
    /// Into a table, written with its columns.
    pub fn into(into: &'static str) -> Self {
        Self {
            into,
            or: "",
            rows: Vec::new(),
        }
    }

    /// What to do with a row whose key is there.
    pub fn or(self, or: &'static str) -> Self {
        Self { or, ..self }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, values: [Value<'a>; N]) {
        self.rows.push(values.into());
    }

    /// Inserts all rows.
    pub async fn run(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        for rows in self.rows.chunks(ROWS) {
            let sql = self.statement(rows);
            let again = comes_again(rows.len());
            let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(again);
            for value in rows.iter().flatten() {
                query = match value {
                    Value::Text(text) => query.bind(text.as_ref()),
                    Value::Number(number) => query.bind(*number),
                    Value::Bytes(bytes) => query.bind(bytes.to_vec()),
                };
            }
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn statement(&self, rows: &[Vec<Value>]) -> String {
        let mut sql = format!("INSERT INTO {} VALUES ", self.into);
        let mut first = 0;
        for row in rows {
            let comma = if first == 0 { "" } else { ", " };
            let _ = write!(sql, "{comma}{}", Values(first..first + row.len()));
            first += row.len();
        }
        let _ = write!(sql, " {}", self.or);
        sql
    }
}
