//! Checks that a database belongs to the deployment that is about to use it.

use crate::ports::{Deployment, DeploymentKind, DeploymentStore, KeyedTag, StoreError};

/// Why the database must not be used.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// Its secrets were encrypted with another master key.
    #[error(
        "this database was created with another master key, or its secrets have not all been encrypted with this one; set that key as master_key, or add it to previous_master_keys"
    )]
    OtherMasterKey,
    /// Its users come from the simulator, where everybody can sign in as anybody.
    #[error("this database was created by `wxlogin dev` and cannot serve real users")]
    MadeForDevelopment,
    /// It has real users, and the simulator could sign in as any of them.
    #[error("this database has real users and cannot be used by `wxlogin dev`")]
    MadeForProduction,
    /// A copy to it did not finish.
    #[error("this database holds an unfinished copy; empty it and run `wxlogin copy` again")]
    UnfinishedCopy,
    /// The database failed.
    #[error("cannot claim the database")]
    Store(#[from] StoreError),
}

/// Claims the database for the deployment whose master key has this check value, or has had one of the
/// previous ones, and returns what the database stores; fails if it belongs to another deployment.
pub async fn claim(
    store: &dyn DeploymentStore,
    kind: DeploymentKind,
    key_check: KeyedTag,
    previous: &[KeyedTag],
) -> Result<Deployment, DeploymentError> {
    let remembered = store.claim(Deployment { key_check, kind, rotation: None }).await?;
    let is_known = remembered.key_check == key_check || previous.contains(&remembered.key_check);
    match (remembered.kind, kind) {
        (DeploymentKind::UnfinishedCopy, _) => Err(DeploymentError::UnfinishedCopy),
        (DeploymentKind::Development, DeploymentKind::Production) => {
            Err(DeploymentError::MadeForDevelopment)
        }
        (DeploymentKind::Production, DeploymentKind::Development) => {
            Err(DeploymentError::MadeForProduction)
        }
        _ if !is_known => Err(DeploymentError::OtherMasterKey),
        _ => Ok(remembered),
    }
}

/// Fails if the database holds an unfinished copy. For commands that do not claim it.
pub async fn check_whole(store: &dyn DeploymentStore) -> Result<(), DeploymentError> {
    match store.deployment().await?.map(|remembered| remembered.kind) {
        Some(DeploymentKind::UnfinishedCopy) => Err(DeploymentError::UnfinishedCopy),
        Some(DeploymentKind::Development | DeploymentKind::Production) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Stores;
    use crate::testing::MemoryStore;

    fn deployment(key: u8, kind: DeploymentKind) -> Deployment {
        Deployment { key_check: KeyedTag([key; 32]), kind, rotation: None }
    }

    async fn marked(kind: DeploymentKind) -> Stores {
        let stores = MemoryStore::stores();
        stores.deployment.set_deployment(deployment(1, kind)).await.unwrap();
        stores
    }

    async fn claimed(stores: &Stores, key: u8, kind: DeploymentKind) -> Option<DeploymentError> {
        claim(stores.deployment.as_ref(), kind, KeyedTag([key; 32]), &[]).await.err()
    }

    #[tokio::test]
    async fn a_database_belongs_to_the_deployment_that_used_it_first() {
        use DeploymentKind::{Development, Production};

        let stores = MemoryStore::stores();
        assert!(check_whole(stores.deployment.as_ref()).await.is_ok());
        assert!(claimed(&stores, 1, Production).await.is_none());
        assert!(claimed(&stores, 1, Production).await.is_none());
        let error = claimed(&stores, 2, Production).await;
        assert!(matches!(error, Some(DeploymentError::OtherMasterKey)), "{error:?}");
        let error = claimed(&stores, 1, Development).await;
        assert!(matches!(error, Some(DeploymentError::MadeForProduction)), "{error:?}");
        let error = claimed(&marked(Development).await, 1, Production).await;
        assert!(matches!(error, Some(DeploymentError::MadeForDevelopment)), "{error:?}");
        assert!(check_whole(stores.deployment.as_ref()).await.is_ok());
    }

    #[tokio::test]
    async fn a_previous_master_key_may_be_the_databases() {
        let stores = marked(DeploymentKind::Production).await;
        let claim = async |previous: &[u8]| {
            let previous = previous.iter().map(|key| KeyedTag([*key; 32])).collect::<Vec<_>>();
            let kind = DeploymentKind::Production;
            claim(stores.deployment.as_ref(), kind, KeyedTag([2; 32]), &previous).await
        };
        let stored = deployment(1, DeploymentKind::Production);
        assert_eq!(claim(&[3, 1]).await.unwrap(), stored, "the rotation is not finished");
        let error = claim(&[3]).await.unwrap_err();
        assert!(matches!(error, DeploymentError::OtherMasterKey), "{error:?}");
    }

    #[tokio::test]
    async fn an_unfinished_copy_cannot_be_used() {
        let stores = marked(DeploymentKind::UnfinishedCopy).await;
        for kind in [DeploymentKind::Development, DeploymentKind::Production] {
            let error = claimed(&stores, 1, kind).await;
            assert!(matches!(error, Some(DeploymentError::UnfinishedCopy)), "{error:?}");
        }
        let error = check_whole(stores.deployment.as_ref()).await.err();
        assert!(matches!(error, Some(DeploymentError::UnfinishedCopy)), "{error:?}");
    }
}
