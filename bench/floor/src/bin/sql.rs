//! Runs one statement on MySQL or MariaDB and prints its rows: `sql URL STATEMENT`.

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Row};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [url, statement] = arguments.as_slice() else {
        return Err("usage: sql URL STATEMENT".into());
    };
    let mut connection = Conn::new(wxlogin_bench::options(Opts::from_url(url)?)).await?;
    for row in connection.query::<Row, _>(statement).await? {
        let values = row.unwrap().into_iter().map(mysql_async::from_value::<String>);
        println!("{}", values.collect::<Vec<_>>().join("\t"));
    }
    connection.disconnect().await?;
    Ok(())
}
