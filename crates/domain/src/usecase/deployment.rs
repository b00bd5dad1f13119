//! Makes sure that a database belongs to the deployment that is about to use it.

use crate::ports::{Deployment, DeploymentKind, DeploymentStore, StoreError};

/// The database is not for this process.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// Its secrets were sealed with another master key.
    #[error("this database was made with another master key")]
    OtherMasterKey,
    /// It holds people the simulator made up, who could sign in as anyone.
    #[error("this database was made by `wxlogin dev` and cannot serve real users")]
    MadeForDevelopment,
    /// It holds real people's accounts, which the simulator could sign in to.
    #[error("this database holds real users and cannot be used by `wxlogin dev`")]
    MadeForProduction,
    /// The database did not answer.
    #[error("the database could not be claimed")]
    Store(#[from] StoreError),
}

/// Takes the database for `deployment`, or says why that must not be.
pub async fn claim(
    store: &dyn DeploymentStore,
    deployment: Deployment,
) -> Result<(), DeploymentError> {
    let remembered = store.claim(deployment).await?;
    match (remembered.kind, deployment.kind) {
        (DeploymentKind::Development, DeploymentKind::Production) => {
            Err(DeploymentError::MadeForDevelopment)
        }
        (DeploymentKind::Production, DeploymentKind::Development) => {
            Err(DeploymentError::MadeForProduction)
        }
        _ if remembered.key_check != deployment.key_check => Err(DeploymentError::OtherMasterKey),
        _ => Ok(()),
    }
}
