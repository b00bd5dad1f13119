use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func};
use wxlogin_domain::model::{AppId, VisibleApps};

/// One condition for each query that a page of rows of these apps takes. An index has the rows of one app
/// in the order of the page; of several apps in one query, all rows would be sorted.
pub(crate) fn by_app(apps: &VisibleApps, app_id: impl ColumnTrait) -> Vec<Condition> {
    match apps {
        VisibleApps::All => vec![Condition::all()],
        VisibleApps::Only(apps) => {
            apps.iter().map(|app| Condition::all().add(app_id.eq(app.as_str()))).collect()
        }
    }
}

/// The condition for rows of these apps in a query that an index narrows further, by a user for example.
/// With the plain column, `SQLite` would read all rows of the app instead.
pub(crate) fn in_apps(apps: &VisibleApps, app_id: impl ColumnTrait) -> Condition {
    match apps {
        VisibleApps::All => Condition::all(),
        VisibleApps::Only(apps) => {
            let app_id = Func::coalesce([app_id.into_expr(), Expr::value("")]);
            Condition::all().add(app_id.is_in(apps.iter().map(AppId::as_str)))
        }
    }
}
