use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use wxlogin_domain::model::VisibleApps;

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
